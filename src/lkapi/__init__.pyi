# The names of lkapi as type checkers see them; at run time each is loaded on demand.

from lkapi import (
    analytics as analytics,
    bulk as bulk,
    constants as constants,
    devserver as devserver,
    errors as errors,
    protocol as protocol,
    recording as recording,
    sip_values as sip_values,
    sync as sync,
    testing as testing,
    web as web,
    webhook as webhook,
)
from lkapi._version import __version__ as __version__
from lkapi.auth import (
    AccessToken as AccessToken,
    AgentEndpointGrants as AgentEndpointGrants,
    AgentGrants as AgentGrants,
    AgentThreadGrants as AgentThreadGrants,
    Claims as Claims,
    InferenceGrants as InferenceGrants,
    ObservabilityGrants as ObservabilityGrants,
    SIPGrants as SIPGrants,
    TokenVerifier as TokenVerifier,
    VideoGrants as VideoGrants,
)
from lkapi.bulk.results import (
    BulkProgress as BulkProgress,
    BulkResult as BulkResult,
    BulkResults as BulkResults,
)
from lkapi.client import (
    LiveKitAPI as LiveKitAPI,
)
from lkapi.compat import (
    access_token as access_token,
    agent_dispatch_service as agent_dispatch_service,
    connector_service as connector_service,
    egress_service as egress_service,
    ingress_service as ingress_service,
    livekit_api as livekit_api,
    room_service as room_service,
    sip_service as sip_service,
    twirp_client as twirp_client,
    version as version,
)
from lkapi.errors import *
from lkapi.methods.info import (
    Idempotency as Idempotency,
    MethodInfo as MethodInfo,
)
from lkapi.protocol.agent import *
from lkapi.protocol.agent_dispatch import *
from lkapi.protocol.agent_simulation import *
from lkapi.protocol.cloud_agent import *
from lkapi.protocol.cloud_replay import *
from lkapi.protocol.connector import *
from lkapi.protocol.connector_twilio import *
from lkapi.protocol.connector_whatsapp import *
from lkapi.protocol.egress import *
from lkapi.protocol.ingress import *
from lkapi.protocol.models import *
from lkapi.protocol.phone_number import *
from lkapi.protocol.room import *
from lkapi.protocol.sip import *
from lkapi.protocol.token_source import *
from lkapi.protocol.webhook import *
from lkapi.rpc.observe import (
    Telemetry as Telemetry,
)
from lkapi.rpc.pagination import (
    AsyncPager as AsyncPager,
)
from lkapi.rpc.records import (
    CallInfo as CallInfo,
    CallRecord as CallRecord,
    RequestInfo as RequestInfo,
    ResponseInfo as ResponseInfo,
    RetryInfo as RetryInfo,
)
from lkapi.rpc.regions import (
    Failover as Failover,
)
from lkapi.rpc.retry import (
    NO_RETRY as NO_RETRY,
    RetryPolicy as RetryPolicy,
    without_waits as without_waits,
)
from lkapi.settings import (
    Settings as Settings,
)
from lkapi.sync import (
    SyncLiveKitAPI as SyncLiveKitAPI,
)
from lkapi.sync.rpc.pagination import (
    Pager as Pager,
)
from lkapi.transports import (
    Limits as Limits,
)
from lkapi.webhook import (
    WebhookReceiver as WebhookReceiver,
    WebhookRouter as WebhookRouter,
    WebhookSender as WebhookSender,
    WebhookVerifier as WebhookVerifier,
    sign_webhook as sign_webhook,
)
