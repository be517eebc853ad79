"""Checks across files about telling citizens: messages.yaml and templates.yaml."""

from collections.abc import Iterator, Mapping

from adapter.core import rendering
from adapter.core.mapping import vocabulary
from adapter.core.mapping.documents import Document, Loc
from adapter.core.mapping.drafts import Drafts
from adapter.core.mapping.explaining import meant
from adapter.core.mapping.shapes_reading import FieldsFile
from adapter.core.mapping.shapes_telling import (
    LIMITS,
    NEVER_CUT,
    MessagesFile,
    ParamShape,
    RuleShape,
    TemplatesFile,
    TemplateShape,
)
from adapter.model import AfterUnknown, Channel, Problem

_KIND_NAMES: Mapping[str, str] = {"time": "thời gian", "number": "số"}


def rule_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in messages.yaml beyond its form."""
    document, shape = drafts.documents.get("messages.yaml"), drafts.shape("messages.yaml", MessagesFile)
    if document is None or shape is None:
        return
    before: dict[str, RuleShape] = {}
    for name, rule in shape.rules.items():
        loc = ("rules", name)
        yield from _template_of_rule(drafts, document, (*loc, "template"), rule.template, rule.channels)
        yield from _never_spoken(document, loc, rule)
        yield from _reminder(drafts, document, loc, rule)
        yield from _scope(drafts, document, loc, rule)
        for earlier, other in before.items():
            if _covers(other, rule):
                text = f"luật này không bao giờ được dùng vì luật «{earlier}» đứng trước đã bao trùm"
                yield document.problem(loc, text, "đặt luật hẹp hơn lên trước", key=True)
                break
        before[name] = rule


def _template_of_rule(
    drafts: Drafts, document: Document, loc: Loc, template: str, channels: list[Channel]
) -> Iterator[Problem]:
    written = drafts.names("templates.yaml", "templates")
    shape = drafts.shape("templates.yaml", TemplatesFile)
    if written is not None and template not in written:
        yield document.problem(loc, f"templates.yaml không có mẫu tin «{template}»", meant(template, written))
    elif shape and template in shape.templates:
        offered = {channel for zbs in shape.templates[template].zbs for channel in zbs.channels}
        for channel in dict.fromkeys(channels):
            if channel not in offered:
                text = f"mẫu tin «{template}» chưa có mẫu ZBS cho kênh «{channel}»"
                yield document.problem(loc, text, "thêm mẫu ZBS, hoặc bỏ kênh này khỏi luật")


def _never_spoken(document: Document, loc: Loc, rule: RuleShape) -> Iterator[Problem]:
    """What a rule asks for that would never happen: its citizens would wait in vain, and nobody would know."""
    if rule.on in vocabulary.NOT_SEEN_YET:
        text = f"chương trình chưa nhận ra sự kiện «{rule.on}», nên luật này không bao giờ được dùng"
        yield document.problem((*loc, "on"), text, "bỏ luật này")
    elif rule.on in vocabulary.NOT_A_STATUS and rule.after_unknown is AfterUnknown.REMIND:
        # A reminder is told while the dossier still stands at its event; these are moves, at which none ever stands.
        text = f"sự kiện «{rule.on}» không nhắc lại được, vì không hồ sơ nào ở yên trạng thái ấy"
        yield document.problem((*loc, "after_unknown"), text, "ghi leave; người trực xem tin chưa rõ và gửi lại")


def _reminder(drafts: Drafts, document: Document, loc: Loc, rule: RuleShape) -> Iterator[Problem]:
    if rule.reminder_template:
        place = (*loc, "reminder_template")
        yield from _template_of_rule(drafts, document, place, rule.reminder_template, rule.channels)
    elif rule.after_unknown is AfterUnknown.REMIND:
        text = "after_unknown: remind cần reminder_template"
        yield document.problem((*loc, "after_unknown"), text, "ghi tên mẫu tin nhắc lại")


def _scope(drafts: Drafts, document: Document, loc: Loc, rule: RuleShape) -> Iterator[Problem]:
    offices = drafts.names("offices.yaml", "offices")
    for number, office in enumerate(rule.when.offices):
        if offices is not None and office not in offices:
            text = f"offices.yaml không có đơn vị «{office}»"
            yield document.problem((*loc, "when", "offices", number), text, meant(office, offices))
    for number, channel in enumerate(rule.channels):
        if channel in rule.channels[:number]:
            yield document.problem((*loc, "channels", number), f"kênh «{channel}» ghi hai lần")


def _covers(earlier: RuleShape, later: RuleShape) -> bool:
    same = earlier.on is later.on and earlier.audience == later.audience
    return same and all(
        not wide or (narrow and set(narrow) <= set(wide))
        for wide, narrow in (
            (earlier.when.offices, later.when.offices),
            (earlier.when.procedures, later.when.procedures),
        )
    )


def template_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in templates.yaml beyond its form."""
    document, shape = drafts.documents.get("templates.yaml"), drafts.shape("templates.yaml", TemplatesFile)
    if document is None or shape is None:
        return
    for name, template in shape.templates.items():
        loc = ("templates", name)
        yield from _text_problems(drafts, document, (*loc, "text"), template.text)
        yield from _channels(document, loc, template)
        for number, zbs in enumerate(template.zbs):
            for param, shown in zbs.params.items():
                yield from _param(drafts, document, (*loc, "zbs", number, "params", param), shown)


def _channels(document: Document, loc: Loc, template: TemplateShape) -> Iterator[Problem]:
    seen: set[Channel] = set()
    for number, zbs in enumerate(template.zbs):
        for place, channel in enumerate(zbs.channels):
            if channel in seen:
                text = f"kênh «{channel}» đã có mẫu ZBS khác trong mẫu tin này"
                yield document.problem((*loc, "zbs", number, "channels", place), text)
            seen.add(channel)


def _param(drafts: Drafts, document: Document, loc: Loc, param: ParamShape) -> Iterator[Problem]:
    yield from _text_problems(drafts, document, (*loc, "text"), param.text)
    limit = LIMITS[param.kind]
    if param.max_length is not None and param.max_length > limit:
        text = f"Zalo chỉ cho tham số loại «{param.kind}» dài nhất {limit} ký tự"
        yield document.problem((*loc, "max_length"), text)
    if param.cut and param.kind in NEVER_CUT:
        yield document.problem((*loc, "cut"), f"tham số loại «{param.kind}» không được cắt: phần còn lại sẽ sai nghĩa")


def _text_problems(drafts: Drafts, document: Document, loc: Loc, text: str) -> Iterator[Problem]:
    try:
        holes = rendering.placeholders(text)
    except rendering.TemplateTextError as error:
        yield document.problem(loc, str(error), f"định dạng có sẵn: {', '.join(filter(None, rendering.FORMATS))}")
        return
    written, fields = drafts.names("fields.yaml", "fields"), drafts.shape("fields.yaml", FieldsFile)
    for name, form in dict.fromkeys(holes):
        if written is not None and name not in written | vocabulary.ALWAYS_THERE:
            hint = meant(name, written | vocabulary.ALWAYS_THERE)
            yield document.problem(loc, f"không có trường «{name}»", hint)
            continue
        field = fields.fields.get(name) if fields else None
        kind = field.kind if field else "text"
        needed = rendering.FORMATS[form][0]
        if needed and kind != needed and (field or name in vocabulary.DERIVED):
            yield document.problem(
                loc, f"định dạng «{form}» chỉ dùng cho trường kiểu {_KIND_NAMES[needed]}, «{name}» thì không"
            )
