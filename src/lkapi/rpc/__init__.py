"""One call to a server, from its plan to its response.

``call`` decides without I/O what to send and what a response means; ``channel`` carries it out.
"""
