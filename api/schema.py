"""The graph: roots composed from the nouns, and what guards them. Built once, imported by the app and by tests."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api.accounts.mutations import AccountMutation
from api.accounts.queries import AccountQuery
from api.api_keys.mutations import ApiKeyMutation
from api.api_keys.queries import ApiKeyQuery
from api.audiences.mutations import AudienceMutation
from api.bot_policies.mutations import BotPolicyMutation
from api.campaign_creators.mutations import CampaignCreatorMutation
from api.campaigns.mutations import CampaignMutation
from api.campaigns.queries import CampaignQuery
from api.clicks.mutations import ClickMutation
from api.clicks.queries import ClickQuery
from api.clicks.subscriptions import ClickSubscription
from api.contacts.mutations import ContactMutation
from api.contacts.queries import ContactQuery
from api.conversion_tracking.mutations import ConversionTrackingMutation
from api.conversions.mutations import ConversionMutation
from api.conversions.queries import ConversionQuery
from api.conversions.subscriptions import ConversionSubscription
from api.corrections.mutations import CorrectionMutation
from api.corrections.queries import CorrectionQuery
from api.coupons.mutations import CouponMutation
from api.coupons.queries import CouponQuery
from api.creative_rankings.queries import CreativeRankingQuery
from api.creatives.mutations import CreativeMutation
from api.creatives.queries import CreativeQuery
from api.creators.mutations import CreatorMutation
from api.creators.queries import CreatorQuery
from api.deals.mutations import DealMutation
from api.deliverables.mutations import DeliverableMutation
from api.domains.mutations import DomainMutation
from api.domains.queries import DomainQuery
from api.erasures.mutations import ErasureMutation
from api.erasures.queries import ErasureQuery
from api.errors import EXCEPTION_HANDLERS
from api.events.feeds.failing import FailedEvents
from api.execution import Execution
from api.export_schedules.mutations import ExportScheduleMutation
from api.export_schedules.queries import ExportScheduleQuery
from api.exports.mutations import ExportMutation
from api.exports.queries import ExportQuery
from api.hosting_lists.mutations import HostingListMutation
from api.hosting_lists.queries import HostingListQuery
from api.imports.mutations import ImportMutation
from api.imports.queries import ImportQuery
from api.interstitials.mutations import InterstitialMutation
from api.jobs.queries import JobQuery
from api.jobs.subscriptions import JobSubscription
from api.limits import LimitedValidation
from api.link_stats.subscriptions import LinkStatsSubscription
from api.links.mutations import LinkMutation
from api.links.queries import LinkQuery
from api.masking import FreshLoaders, MaskedErrors, NamedActor, mark_errors
from api.merge_tags.queries import MergeTagQuery
from api.message_variants.queries import MessageVariantQuery
from api.messages.mutations import MessageMutation
from api.messages.queries import MessageQuery
from api.nodes import NodeQuery
from api.observed_operations import ObservedOperations
from api.offers.mutations import OfferMutation
from api.offers.queries import OfferQuery
from api.open_streams import CountedStreams
from api.parsed_documents import ParsedDocuments
from api.postback_secrets.mutations import PostbackSecretMutation
from api.posts.mutations import PostMutation
from api.profiles.mutations import ProfileMutation
from api.reconciliations.queries import ReconciliationQuery
from api.report_pages.mutations import ReportPageMutation
from api.report_pages.queries import ReportPageQuery
from api.scalars import SCALARS
from api.segments.mutations import SegmentMutation
from api.segments.queries import SegmentQuery
from api.sessions.mutations import SessionMutation
from api.signing_keys.mutations import SigningKeyMutation
from api.signing_keys.queries import SigningKeyQuery
from api.snippet_keys.mutations import SnippetKeyMutation
from api.statements.mutations import StatementMutation
from api.statements.queries import StatementQuery
from api.tags.queries import TagQuery
from api.users.mutations import UserMutation
from api.users.queries import UserQuery
from api.webhooks.mutations import WebhookMutation
from api.webhooks.queries import WebhookQuery


@strawberry.type(description="Everything that can be asked. Nothing of another account is visible.")
class Query(
    AccountQuery,
    CampaignQuery,
    ClickQuery,
    CreatorQuery,
    LinkQuery,
    NodeQuery,
    DomainQuery,
    ContactQuery,
    CreativeQuery,
    CreativeRankingQuery,
    OfferQuery,
    CouponQuery,
    SigningKeyQuery,
    ImportQuery,
    ExportQuery,
    ExportScheduleQuery,
    ConversionQuery,
    CorrectionQuery,
    HostingListQuery,
    TagQuery,
    UserQuery,
    ApiKeyQuery,
    StatementQuery,
    MessageQuery,
    MessageVariantQuery,
    SegmentQuery,
    MergeTagQuery,
    ReportPageQuery,
    ReconciliationQuery,
    JobQuery,
    WebhookQuery,
    ErasureQuery,
):
    pass


@strawberry.type(description="Everything that can be changed. What can go wrong is part of each answer.")
class Mutation(
    AccountMutation,
    AudienceMutation,
    BotPolicyMutation,
    CampaignMutation,
    CampaignCreatorMutation,
    ClickMutation,
    CreatorMutation,
    DealMutation,
    DeliverableMutation,
    LinkMutation,
    PostMutation,
    ProfileMutation,
    SessionMutation,
    DomainMutation,
    ContactMutation,
    CreativeMutation,
    OfferMutation,
    PostbackSecretMutation,
    SigningKeyMutation,
    SnippetKeyMutation,
    ConversionTrackingMutation,
    CouponMutation,
    ImportMutation,
    ExportMutation,
    ExportScheduleMutation,
    InterstitialMutation,
    ConversionMutation,
    CorrectionMutation,
    HostingListMutation,
    UserMutation,
    ApiKeyMutation,
    StatementMutation,
    MessageMutation,
    SegmentMutation,
    ReportPageMutation,
    WebhookMutation,
    ErasureMutation,
):
    pass


@strawberry.type(description="What is told as it happens, over WebSockets, as Server-Sent Events or in parts.")
class Subscription(ClickSubscription, ConversionSubscription, LinkStatsSubscription, JobSubscription):
    pass


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = execution_context.context if execution_context else None
        mark_errors(errors, getattr(context, "trace_id", None))


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[
        ObservedOperations,
        MaskedErrors,
        FreshLoaders,
        NamedActor,
        FailedEvents,
        LimitedValidation,
        CountedStreams,  # once it is known to be valid
        ParsedDocuments,
    ],
    exception_handlers=EXCEPTION_HANDLERS,
    execution_context_class=Execution,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
