"""What can be wrong with a call, and the code each of the two API families gives it (reference/zalo.md 4, 12.2)."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Family(StrEnum):
    """The two hosts speak different error codes for the same trouble."""

    ZBS = "zbs"
    OA = "oa"


@dataclass(frozen=True, slots=True)
class Codes:
    """One trouble's code per family; ``template`` marks those whose code over uid is not documented."""

    zbs: int
    oa: int
    text: str
    template: bool = False


class Problem(Enum):
    """Every reason for a refusal, in the order of the checks."""

    MALFORMED = Codes(-122, -201, "Body data is not in JSON format")
    TOKEN_UNKNOWN = Codes(-124, -216, "Access token is invalid")
    TOKEN_STALE = Codes(-124, -220, "Access token is expired or removed")
    PROOF = Codes(-1241, -242, "Appsecret_proof is invalid")
    APP_INACTIVE = Codes(-103, -209, "Application is not activated")
    # ZBS has no code of its own for an unregistered product; -138 "app not allowed" is the nearest.
    APP_UNREGISTERED = Codes(-138, -212, "Application has not registered this API")
    NOT_LINKED = Codes(-105, -223, "Application and OA are not linked")
    NOT_GRANTED = Codes(-120, -223, "OA has not granted this permission")
    UNVERIFIED = Codes(-135, -221, "OA must be verified")
    PACKAGE = Codes(-135, -224, "OA must upgrade its package")
    OA_BLOCKED = Codes(-1351, -204, "OA is blocked from sending")
    NO_WALLET = Codes(-136, -320, "OA must link a ZBS account")
    RATE = Codes(-32, -32, "Your application has reached its request limit")
    METHOD = Codes(-106, -201, "Method is not supported")
    TEMPLATE_UNKNOWN = Codes(-109, -201, "Template id is invalid", template=True)
    TEMPLATE_FORBIDDEN = Codes(-117, -201, "No right to use this template", template=True)
    TEMPLATE_UNAPPROVED = Codes(-131, -249, "Template is not approved", template=True)
    TEMPLATE_DISABLED = Codes(-146, -249, "Template is disabled for low quality", template=True)
    TEMPLATE_NOT_BY_UID = Codes(-109, -249, "Template cannot be sent by user id")
    RECIPIENT_SYNTAX = Codes(-108, -201, "Recipient is invalid")
    TRACKING = Codes(-132, -201, "Tracking id is invalid")
    ADMINS_ONLY = Codes(-127, -201, "Test template may only be sent to administrators")
    DATA_EMPTY = Codes(-111, -201, "Template data is empty", template=True)
    PARAMETER_MISSING = Codes(-1122, -201, "Template data lacks a parameter", template=True)
    PARAMETER_LONG = Codes(-1121, -210, "Parameter exceeds its length", template=True)
    PARAMETER_FORMAT = Codes(-1124, -201, "Parameter format is invalid", template=True)
    PARAMETER_VALUE = Codes(-112, -201, "Parameter value is invalid", template=True)
    PARAMETER_EXTRA = Codes(-132, -201, "Parameter is not in the template", template=True)
    NIGHT = Codes(-133, -234, "Template cannot be sent at night")
    NO_MONEY = Codes(-137, -321, "Charging failed: balance is not enough")
    DAILY_QUOTA = Codes(-144, -211, "OA exceeded its daily quota")
    TEMPLATE_QUOTA = Codes(-147, -211, "Template exceeded its daily quota")
    NO_ACCOUNT = Codes(-118, -213, "Zalo account not existed")
    CANNOT_RECEIVE = Codes(-119, -213, "Account cannot receive this message")
    INACTIVE = Codes(-114, -227, "User is inactive or cannot receive")
    REFUSES_KIND = Codes(-139, -244, "User refuses this type of message")
    REFUSES_OA = Codes(-141, -244, "User refuses messages from this OA")
    MESSAGE_ID = Codes(-107, -201, "Message id is invalid")
    NO_RELATION = Codes(-118, -213, "User has no relation with the OA")
    GENERAL = Codes(-100, -200, "Unknown error, please try again later")


_TEXTS = {code: problem.value.text for problem in Problem for code in (problem.value.zbs, problem.value.oa)}


def text_of(code: int) -> str:
    """Return words for a code; real texts have typos and change, so nobody may match on them."""
    return _TEXTS.get(code, "Unknown error")


class RefusedError(Exception):
    """A check said no; ``problem`` names which."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name)
        self.problem = problem
