"""Two ways by which a citizen's word could go to somebody else."""

from adapter.model import Cause, Link, LinkKind, Proof, Refused, Uid
from tests.fakes import accepting
from tests.steps.desk import CODE, Desk


def test_what_was_on_the_wire_when_the_number_was_corrected_and_came_back_goes_to_the_new_one(either: Desk) -> None:
    either.source.file(CODE, "5")
    either.read()
    either.zalo.says = lambda _: Refused(cause=Cause.LATER, code="-100")
    either.turn()  # SENDING; the answer is not settled yet
    either.source.file(CODE, "5", SoDienThoai="0987000222")
    either.read()  # page._readdress remakes PENDING only
    either.turn()
    either.zalo.says = accepting
    either.clock.advance(minutes=5)
    assert [sent.route.address.value for sent in either.deliver()] == ["84987000222"]


def test_whoever_owns_a_number_that_stands_on_many_dossiers_is_not_told_of_them_by_user_id_either(either: Desk) -> None:
    either.source.file(CODE, "2")
    number = "84" + either.source.rows[CODE][1]["SoDienThoai"][1:]
    link = Link(
        id="l",
        uid=Uid("2512523625412515001"),
        kind=LinkKind.PHONE,
        value=number,
        proof=Proof.IMPORT,
        proved_at=either.clock(),
    )
    either.store.write("link", lambda tx: tx.recipients.link([link]))
    for serial in range(60):
        either.source.file(f"000.22.31.H62-261123-{serial + 100:04d}", "2")
    either.read()
    assert either.deliver() == []
