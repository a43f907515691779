"""Signatures, against the words of the specification and the package that receivers use."""

import base64

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tracking.clock import utc_now
from tracking.webhooks.signing import sign

pytestmark = pytest.mark.feature("R13")
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_the_example_of_the_specification() -> None:
    signature = sign([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_verifies_and_no_other() -> None:
    secrets = [b"a" * 32, b"b" * 32]
    at_s = int(utc_now().timestamp())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(at_s),
        "webhook-signature": sign(secrets, "evt_1", at_s, b"{}"),
    }
    for secret in secrets:
        assert Webhook("whsec_" + base64.b64encode(secret).decode()).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"c" * 32).decode()).verify(b"{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(secrets[0]).decode()).verify(b"{} ", headers)
