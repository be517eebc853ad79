"""``motcua db``: the database's schema."""

import click

from adapter.cli.session import Session, pass_session
from adapter.store import migrate


@click.group()
def db() -> None:
    """Cơ sở dữ liệu: nâng cấp và xem phiên bản.

    The database: upgrade it, see its revision.

    Ví dụ / Example: motcua db upgrade
    """


@db.command()
@pass_session
def upgrade(session: Session) -> None:
    """Nâng cơ sở dữ liệu lên phiên bản của chương trình này.

    Bring the database to this program's revision. Safe to run twice and from two machines at once.

    Ví dụ / Example: motcua db upgrade
    """
    click.echo(migrate.upgrade(session.settings.store.url))


@db.command()
@pass_session
def current(session: Session) -> None:
    """Xem phiên bản của cơ sở dữ liệu và của chương trình.

    Show the database's revision and the program's. Exit code 1 when they differ.

    Ví dụ / Example: motcua db current
    """
    stands, wanted = migrate.current(session.settings.store.url), migrate.head()
    click.echo(f"{stands or '-'}\t{wanted}")
    if stands != wanted:
        click.echo("motcua: hãy chạy `motcua db upgrade`", err=True)
        raise click.exceptions.Exit(1)
