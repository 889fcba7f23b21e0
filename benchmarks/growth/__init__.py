"""How lkapi grows: calls over time, clients, rooms, list sizes, concurrency, body sizes.

``python -m benchmarks.growth --json FILE``, or ``scripts/bench-growth``. Each function
that measures returns plain data; the server is another process, and each measurement runs in a
process of its own. Loopback only, bounded in count.
"""
