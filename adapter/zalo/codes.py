"""What Zalo's error codes mean for a message: the tables of zalo.md 4.1 and 4.2 as data.

The class follows ``reference/zalo.md`` 4 (R, W, U, T, "T (that row)", C, A). Where a row departs from it, or the
reference leaves the choice to us, a comment beside the row says why. Zalo's texts have typos and change, so nothing
here looks at them; the one exception is in ``answers`` (-201).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from adapter.model import Cause, Channel

# Short names keep the tables readable as tables.
LATER, RATE, NIGHT, QUOTA = Cause.LATER, Cause.RATE, Cause.NIGHT, Cause.QUOTA
PERSON, CONTENT, TEMPLATE = Cause.PERSON, Cause.CONTENT, Cause.TEMPLATE
ACCOUNT, TOKEN = Cause.ACCOUNT, Cause.TOKEN

_AT_ONCE = timedelta(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says about the message it answers.

    ``patience``: how long a person's refusal counts, where Zalo's own description says so; None: the engine's default.
    """

    cause: Cause
    reason: str
    patience: timedelta | None = None


OA: Mapping[int, Meaning] = {
    -32: Meaning(RATE, "the app used up its requests for this minute"),
    -100: Meaning(CONTENT, "the attachment is no longer valid"),
    -200: Meaning(LATER, "sending failed, no reason given"),
    -201: Meaning(TEMPLATE, "a parameter of the request is invalid"),
    -204: Meaning(ACCOUNT, "the OA is disabled or deleted"),
    -205: Meaning(ACCOUNT, "the OA does not exist"),
    -209: Meaning(ACCOUNT, "the app is not active, or may not use this API"),
    # The reference says T. But what is too long is one citizen's data: the others' messages of this template are sound.
    -210: Meaning(CONTENT, "a parameter exceeds its limit"),
    -211: Meaning(QUOTA, "out of quota"),
    -212: Meaning(ACCOUNT, "the app has not registered this API"),
    -213: Meaning(PERSON, "the person has no relation with the OA"),
    -214: Meaning(LATER, "an article is still being processed"),
    -216: Meaning(TOKEN, "the access token is invalid"),
    -217: Meaning(PERSON, "the person blocked invitations"),
    -218: Meaning(PERSON, "the person received all they may for now", _DAY),
    -219: Meaning(ACCOUNT, "the app was removed or disabled"),
    -220: Meaning(TOKEN, "the access token expired or was withdrawn"),
    -221: Meaning(ACCOUNT, "the OA must be verified"),
    -223: Meaning(ACCOUNT, "the OA has not granted this permission"),
    -224: Meaning(ACCOUNT, "the OA must upgrade its package"),
    -227: Meaning(PERSON, "the person is banned, or inactive for 45 days"),
    -230: Meaning(PERSON, "no interaction in the last 7 days"),
    -232: Meaning(PERSON, "never interacted, or the interaction expired"),
    -233: Meaning(TEMPLATE, "the message type is not supported or not allowed"),
    -234: Meaning(NIGHT, "not sent between 22:00 and 06:00"),
    -235: Meaning(ACCOUNT, "the OA type is not supported"),
    -237: Meaning(PERSON, "the group is disabled or expired"),
    -238: Meaning(TEMPLATE, "the asset is used or disabled"),
    -240: Meaning(TEMPLATE, "the v2 message API is shut down"),
    -241: Meaning(TEMPLATE, "the asset is already used"),
    # A-like in the reference ("recompute, then C"). We compute the proof from the very token we send, so computing it
    # again gives the same, and refreshing the token would spend one for nothing: the app secret is wrong.
    -242: Meaning(ACCOUNT, "appsecret_proof is wrong"),
    -244: Meaning(PERSON, "the person restricts this type of message"),
    -248: Meaning(TEMPLATE, "breaks the platform's standards"),
    # T in the reference, but of this channel only ("move that template to the phone channel"). PERSON is the cause
    # that moves a message on; the refusal is over at once, because the person did not refuse anything.
    -249: Meaning(PERSON, "this template cannot go by user id", _AT_ONCE),
    -320: Meaning(ACCOUNT, "the OA must link a ZBS account"),
    -321: Meaning(ACCOUNT, "the ZBS account is out of money"),
    -403: Meaning(PERSON, "the OA is not in the group"),
    -1340: Meaning(TEMPLATE, "form error"),
    -1341: Meaning(TEMPLATE, "form error"),
}
"""openapi.zalo.me (zalo.md 4.1)."""

ZBS: Mapping[int, Meaning] = {
    # "R/AMB" in the reference. An answer came, it says "failed, try again later", and by the contract only 0 means
    # accepted: this is a refusal, not a lost answer. In an outage Zalo says it to everybody; UNCLEAR would then strand
    # thousands for a person to look at. The engine's few, widely spaced tries bound the risk.
    -100: Meaning(LATER, "unknown error, try again later"),
    -101: Meaning(ACCOUNT, "the app is invalid"),
    -102: Meaning(ACCOUNT, "the app does not exist"),
    -103: Meaning(ACCOUNT, "the app is not activated"),
    -104: Meaning(ACCOUNT, "the app secret is invalid"),
    -105: Meaning(ACCOUNT, "the app is not linked to the OA"),
    -106: Meaning(TEMPLATE, "the method is not supported"),
    -107: Meaning(TEMPLATE, "the message id is invalid"),
    -108: Meaning(PERSON, "the phone number is invalid"),
    -109: Meaning(TEMPLATE, "the template id is invalid"),
    -1091: Meaning(TEMPLATE, "the template may not be edited"),
    -110: Meaning(PERSON, "the person's Zalo version is not supported"),
    -111: Meaning(TEMPLATE, "template_data is empty"),
    -112: Meaning(CONTENT, "a parameter's value is invalid"),
    -1121: Meaning(CONTENT, "a parameter is too long"),
    -1122: Meaning(TEMPLATE, "a parameter is missing"),
    -1123: Meaning(LATER, "the QR code could not be made"),
    -1124: Meaning(CONTENT, "a parameter's format is wrong"),
    -113: Meaning(TEMPLATE, "a button is invalid"),
    -1131: Meaning(TEMPLATE, "a button's content is invalid"),
    -114: Meaning(PERSON, "the person cannot receive; Zalo does not say why", _DAY),
    -115: Meaning(ACCOUNT, "out of quota or balance"),
    -116: Meaning(TEMPLATE, "the text is invalid"),
    # T/C: a right to one template is missing; the other templates still work.
    -117: Meaning(TEMPLATE, "no right to this template"),
    -118: Meaning(PERSON, "no Zalo account with this number"),
    -119: Meaning(PERSON, "the account cannot receive ZBS messages"),
    -120: Meaning(ACCOUNT, "the OA has no right to this function"),
    -1201: Meaning(ACCOUNT, "the OA has no right to this function"),
    -1202: Meaning(ACCOUNT, "the OA has no right to this function"),
    -121: Meaning(TEMPLATE, "the body has no content"),
    -122: Meaning(TEMPLATE, "the body is not proper JSON"),
    -123: Meaning(ACCOUNT, "cannot decrypt RSA"),
    -124: Meaning(TOKEN, "the access token is invalid"),
    -1241: Meaning(ACCOUNT, "appsecret_proof is invalid"),  # as OA -242
    -125: Meaning(ACCOUNT, "the OA id is invalid"),
    -126: Meaning(ACCOUNT, "the development wallet is empty"),
    -127: Meaning(TEMPLATE, "a test template may only go to administrators"),
    -128: Meaning(ACCOUNT, "the encoding key is missing"),
    -129: Meaning(LATER, "the RSA key could not be generated"),
    -130: Meaning(CONTENT, "over the character limit"),
    -131: Meaning(TEMPLATE, "the template is not approved"),
    -132: Meaning(TEMPLATE, "a parameter is invalid"),
    -133: Meaning(NIGHT, "this template is not sent between 22:00 and 06:00"),
    -134: Meaning(PERSON, "the person has not opted in"),
    -135: Meaning(ACCOUNT, "the OA may not send (unverified, or free package)"),
    -1351: Meaning(ACCOUNT, "the OA is blocked from sending for violations"),
    -136: Meaning(ACCOUNT, "a ZBS account must be connected"),
    -137: Meaning(ACCOUNT, "charging failed"),
    -138: Meaning(ACCOUNT, "the app is not allowed"),
    -1381: Meaning(ACCOUNT, "the app is not allowed"),
    -139: Meaning(PERSON, "the person refuses this type of message"),
    # U/T: PERSON moves on or ends this one; if the OA were the reason, every message would end so and be seen.
    -140: Meaning(PERSON, "the OA or the person is not eligible for this"),
    -141: Meaning(PERSON, "the person refuses messages from this OA"),
    -142: Meaning(ACCOUNT, "the RSA key does not exist"),
    -143: Meaning(LATER, "the RSA key already exists"),  # no class in the reference: it says nothing about a message
    -144: Meaning(QUOTA, "the OA's daily quota is used up"),
    -1441: Meaning(QUOTA, "the monthly promotion quota is used up"),
    -145: Meaning(TEMPLATE, "the OA may not send this type of content"),  # T/C: as -117
    -146: Meaning(TEMPLATE, "the template is disabled for low quality"),
    -147: Meaning(QUOTA, "the template's daily quota is used up"),
    -1471: Meaning(PERSON, "this person's promotions of the month are used up"),
    -1472: Meaning(PERSON, "this person's promotions of the day are used up", _DAY),
    -148: Meaning(TEMPLATE, "journey token problem"),
    -149: Meaning(TEMPLATE, "journey token problem"),
    -1491: Meaning(TEMPLATE, "journey token problem"),
    -150: Meaning(TEMPLATE, "journey token problem"),
    -151: Meaning(TEMPLATE, "not an e2ee template"),
    -152: Meaning(LATER, "e2ee key problem"),
    -153: Meaning(CONTENT, "the data breaks the rules"),
    -158: Meaning(TEMPLATE, "an uploaded file is too large"),
    -159: Meaning(TEMPLATE, "an uploaded file has the wrong format"),
    -160: Meaning(QUOTA, "the daily create or upload quota is used up"),
    -161: Meaning(TEMPLATE, "the sending mode is wrong"),
    -162: Meaning(TEMPLATE, "the sending mode is not granted"),
    -32: Meaning(RATE, "the app used up its requests for this minute"),
}
"""business.openapi.zalo.me (zalo.md 4.2). -32 is the OA table's: S1 names it for every API."""

UNKNOWN = Meaning(LATER, "a code that no table knows")
"""The engine tries a few times, then holds the message for a person (zalo.md 4, last line)."""

_TABLES: Mapping[Channel, tuple[Mapping[int, Meaning], Mapping[int, Meaning]]] = {
    # Which family answers template troubles over uid is recorded nowhere (zalo.md 2.5), so each channel reads its own
    # table first and then the other one.
    Channel.UID: (OA, ZBS),
    Channel.PHONE: (ZBS, OA),
}


def meaning(channel: Channel, code: int) -> Meaning:
    """What a code means on a channel; ``UNKNOWN`` for one that neither table has."""
    own, other = _TABLES[channel]
    return own.get(code) or other.get(code) or UNKNOWN
