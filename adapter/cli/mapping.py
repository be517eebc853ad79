"""``motcua mapping``: what the admins wrote."""

from pathlib import Path

import click

from adapter.cli.output import print_json
from adapter.cli.session import Session, pass_session
from adapter.config import MappingSettings, Settings
from adapter.errors import MappingError
from adapter.model import Rulebook
from adapter.wiring.books import read_mapping
from adapter.wiring.fittings import wsdl_problems


@click.group()
def mapping() -> None:
    """Bộ quy tắc: kiểm tra trước khi dùng.

    The mapping set: check it before it is used.

    Ví dụ / Example: motcua mapping check
    """


@mapping.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@pass_session
def check(session: Session, folder: Path | None) -> None:
    """Kiểm tra bộ quy tắc và chỉ ra mọi lỗi: tệp, dòng, cột, gợi ý.

    Check a mapping set and print every problem (file:line:column). Exit code 65 when there is one.
    With FOLDER no settings are needed; else the folder of the settings is checked.

    Ví dụ / Example: motcua mapping check mappings/vinhphuc
    """
    settings = Settings(mapping=MappingSettings(folder=folder.resolve())) if folder else session.settings
    rulebook, problems = read_mapping(settings)
    if rulebook is None or problems:
        raise MappingError(problems)
    wrong = wsdl_problems(rulebook)
    if wrong:
        raise MappingError(wrong)
    click.echo(f"Tốt: {len(rulebook.rules)} quy tắc, {len(rulebook.offices)} đơn vị, phiên bản {rulebook.version}")


@mapping.command()
@pass_session
def templates(session: Session) -> None:
    """In danh sách mẫu tin mà Zalo phải duyệt: mã mẫu và các tham số.

    Print, as JSON, the templates that Zalo must have approved: their ids and parameters.

    Ví dụ / Example: motcua mapping templates
    """
    print_json({"items": approved(session.rulebook())})


def approved(rulebook: Rulebook) -> list[dict[str, object]]:
    """Each ZBS template of a mapping set once: its id and the parameters it takes, with their greatest lengths."""
    rows: dict[str, dict[str, object]] = {}
    for template in rulebook.templates.values():
        for zbs in template.zbs.values():
            params = [{"name": param.name, "max_length": param.max_length} for param in zbs.params]
            rows[zbs.template_id] = {"template_id": zbs.template_id, "params": params}
    return list(rows.values())
