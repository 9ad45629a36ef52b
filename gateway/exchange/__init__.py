"""The embedded exchange: a registrar and a transaction-stateful proxy, for the demo and the tests.

:class:`~gateway.exchange.shell.Exchange` runs it; the machine is :class:`~gateway.exchange.proxy.Proxy`.
"""
