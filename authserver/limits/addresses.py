"""Callers without a credential are counted by where they come from."""

import ipaddress


def known(address: str) -> str | None:
    """The address as it is written; an IPv4 one inside IPv6 as what it is. None for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)


def network(address: str) -> str:
    """The address, or for IPv6 its /64: whoever has one has all of it (RL4). What is no address stays as it is."""
    found = known(address)
    if found is None or ":" not in found:
        return found or address
    return str(ipaddress.ip_network((found.partition("%")[0], 64), strict=False))


def account_of(address: str) -> str:
    """Who is counted when nobody says who they are."""
    return f"address:{network(address)[:64]}"
