import json

import pytest

from adapter.model import Channel, Uid
from adapter.zalo.envelopes import appsecret_proof, envelope_of, headers_of
from adapter.zalo.settings import Bases
from tests.zalo.builders import PARAMS, delivery, route, settings

BASES = Bases(oauth="https://o.test", openapi="https://a.test", business="https://b.test")


def test_a_phone_message_names_phone_template_and_attempt() -> None:
    envelope = envelope_of(delivery(number=7, attempt=3), BASES)
    assert envelope.url == "https://b.test/message/template"
    assert json.loads(envelope.body) == {
        "phone": "84987654321",
        "tracking_id": f"{7:032x}.3",
        "template_id": "100",
        "template_data": PARAMS,
    }


def test_a_uid_message_is_flat_and_has_no_tracking_id() -> None:
    envelope = envelope_of(delivery(route(Channel.UID)), BASES)
    assert envelope.url == "https://a.test/v3.0/oa/message/template"
    assert json.loads(envelope.body) == {
        "user_id": "2468458835296117922",
        "template_id": "100",
        "template_data": PARAMS,
    }


def test_the_present_channel_decides() -> None:
    both = (route(Channel.UID), route(Channel.PHONE))
    assert b'"user_id"' in envelope_of(delivery(*both, index=0), BASES).body
    assert b'"phone"' in envelope_of(delivery(*both, index=1), BASES).body


def test_vietnamese_travels_as_utf8() -> None:
    assert "Nguyễn Văn A".encode() in envelope_of(delivery(), BASES).body


def test_an_address_of_another_kind_is_a_bug_and_its_value_stays_out_of_the_error() -> None:
    with pytest.raises(ValueError, match="another kind") as caught:
        envelope_of(delivery(route(Channel.PHONE, Uid("2468458835296117922"))), BASES)
    assert "2468" not in str(caught.value)


def test_the_token_travels_bare() -> None:
    assert headers_of(settings(), "abc") == {"access_token": "abc", "content-type": "application/json"}


def test_the_proof_is_of_the_token_it_travels_with() -> None:
    # The vector of zalo.md 12.3.
    proof = "d16d1e52561908cf62298af02400a438d3ca32bad6ee0f3f26132735daa1ce5b"
    assert appsecret_proof("app-secret-for-tests", "ACCESS-TOKEN-1") == proof
    assert headers_of(settings(proof=True), "ACCESS-TOKEN-1")["appsecret_proof"] == proof


def test_what_is_personal_is_not_shown() -> None:
    assert "84987654321" not in repr(envelope_of(delivery(), BASES))
