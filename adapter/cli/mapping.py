"""``motcua mapping``: what the admins wrote."""

from pathlib import Path

import click

from adapter import wiring
from adapter.cli.session import Session, pass_session
from adapter.config import MappingSettings, Settings
from adapter.errors import MappingError


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
    rulebook, problems = wiring.read_mapping(settings)
    if rulebook is None or problems:
        raise MappingError(problems)
    click.echo(f"Tốt: {len(rulebook.rules)} quy tắc, {len(rulebook.offices)} đơn vị, phiên bản {rulebook.version}")
