"""``motcua reload``: take over an edited mapping set."""

import click

from adapter.cli.session import Session, pass_session


@click.command()
@pass_session
def reload(session: Session) -> None:
    """Yêu cầu các tiến trình đang chạy đọc lại bộ quy tắc.

    Ask running daemons to read the mapping set again. A set with problems is refused here and changes nothing.

    Ví dụ / Example: motcua mapping check && motcua reload
    """
    rulebook = session.rulebook()
    with session.store() as store:
        store.write("reload", lambda tx: tx.bump("reload"))
    click.echo(rulebook.version)
