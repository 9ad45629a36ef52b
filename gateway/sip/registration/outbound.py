"""One device, one flow: what a client does for its registrar to reach it (:rfc:`5626#section-4`)."""

import uuid

REG_ID = "1"
"""we keep one flow to a registrar; a second would be ``2``"""

OPTION_TAGS = ("path", "outbound")
"""in Supported of REGISTER (:rfc:`3327#section-5.1`, :rfc:`5626#section-4.2.1`)"""

FIRST_HOP_LACKS_OUTBOUND = 439
"""the edge proxy does not know of flows: register without (:rfc:`5626#section-11.6`)"""

SETTLED_S = 30.0
"""a flow that lasted so long was good: if it breaks, that is no reason to wait before the next"""

_NAMESPACE = uuid.UUID("5a0c3c1e-4a53-4ad1-8f6c-6e656f726574")


def instance_of(address: str, host: str) -> str:
    """``urn:uuid:`` of the device that has this address on this machine: the same after each start, as
    :rfc:`5626#section-4.1` wants it, without anything to be stored.

    :param address: address of record
    :param host: what the machine is called
    """
    return uuid.uuid5(_NAMESPACE, f"{address} {host}").urn


def contact_parameters(instance: str) -> str:
    """What a Contact of REGISTER says of device and flow; empty without an instance."""
    return f';+sip.instance="<{instance}>";reg-id={REG_ID}' if instance else ""
