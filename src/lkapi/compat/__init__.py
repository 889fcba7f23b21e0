"""What keeps programs written for livekit-api running: the names of its submodules.

This folder is on the path of ``lkapi`` itself, so ``compat/twirp_client.py`` is the module
``lkapi.twirp_client``, as ``livekit.api.twirp_client`` is that of ``livekit.api``.
"""
