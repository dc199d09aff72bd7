"""A channel: the encrypted topic, whoever it tells, and what tells when it could not.

Every stack that has rules has a channel of its own, so that no event has to cross accounts or regions, and none is lost because of
another account. Alarms on a channel of the home region also speak through the other account's, which fails for other reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from troposphere import If, NoValue, Ref, Sub, Template, cloudwatch, events, kms, sns, sqs

from generator.aws.names import AccountId, Arn
from generator.control import execution_role
from generator.controls.security_alerts.naming import QUEUE, SLUG, TOPIC, Place, named, title
from generator.controls.security_alerts.options import SecurityAlertsOptions
from generator.package.buckets import TAGS
from generator.package.keys import rotated_key
from generator.package.model import JsonObject
from generator.package.policies import allow, deny, key_administration, policy_document

PUBLISHING = ("kms:Decrypt", "kms:GenerateDataKey*")
"""What a service needs of the key to publish to an encrypted topic (SNS Developer Guide, "Managing Amazon SNS encryption keys")."""

KEPT_SECONDS = 14 * 24 * 3600
"""The longest that SQS keeps a message."""

PERIOD = 300

Written = TypeVar("Written", str, events.Target)
Action = str | Ref | Sub | If
"""What an alarm does: it tells a topic, by ARN."""


@dataclass(frozen=True)
class ExistingTopic:
    """A topic of the input, by ARN. `condition` is the template's condition for the region in which it is; empty: in every one."""

    arn: str
    condition: str = ""

    def where_it_is(self, value: Written) -> Written | If:
        """`value`, in the topic's region alone."""
        return If(self.condition, value, NoValue) if self.condition else value


@dataclass(frozen=True)
class Channel:
    """What a stack's rules send to: its own topic, `existing` ones of the same place, and the queue for what does not arrive."""

    topic: sns.Topic
    queue: sqs.Queue
    existing: tuple[ExistingTopic, ...]


def add_channel(
    template: Template,
    place: Place,
    alarming: tuple[AccountId, ...],
    options: SecurityAlertsOptions,
    existing: tuple[ExistingTopic, ...],
) -> Channel:
    """Put the channel of `place` into `template`. Alarms of the accounts `alarming` speak through it too."""
    key = template.add_resource(_key(place, alarming))
    topic = template.add_resource(
        sns.Topic("Topic", TopicName=TOPIC, DisplayName="Security alerts", KmsMasterKeyId=key.get_att("Arn"), Tags=TAGS)
    )
    template.add_resource(
        sns.TopicPolicy(
            "TopicPolicy", Topics=[topic.ref()], PolicyDocument=policy_document(_topic_policy(place, alarming, topic))
        )
    )
    queue = template.add_resource(_queue())
    template.add_resource(
        sqs.QueuePolicy(
            "UndeliveredPolicy", Queues=[queue.ref()], PolicyDocument=policy_document(_queue_policy(place, topic, queue))
        )
    )
    for subscription in _subscriptions(topic, queue, options):
        template.add_resource(subscription)
    return Channel(topic, queue, existing)


def rule(  # noqa: PLR0913  # the parts of a rule
    channel: Channel,
    name: str,
    description: str,
    pattern: JsonObject,
    *,
    paths: JsonObject,
    message: str,
    reads: bool = False,
) -> events.Rule:
    """A rule that sends `message`, filled in from the event by `paths`, to every target of the channel.

    With `reads` it also gets management events that change nothing, which EventBridge leaves out by default (EventBridge User Guide,
    "Read-only management events from AWS services").
    """
    transformer = events.InputTransformer(InputPathsMap=dict(paths), InputTemplate=message)
    return events.Rule(
        f"{title(name)}Rule",
        Name=named(name),
        Description=description,
        EventPattern=dict(pattern),
        State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if reads else "ENABLED",
        Targets=[
            _target(channel, 1, channel.topic.ref(), transformer),
            *(
                topic.where_it_is(_target(channel, number, topic.arn, transformer))
                for number, topic in enumerate(channel.existing, 2)
            ),
        ],
    )


def _target(channel: Channel, number: int, topic: str | Ref, transformer: events.InputTransformer) -> events.Target:
    return events.Target(
        Id=f"topic-{number}",
        Arn=topic,
        DeadLetterConfig=events.DeadLetterConfig(Arn=channel.queue.get_att("Arn")),
        InputTransformer=transformer,
    )


def delivery_alarms(rules: Iterable[events.Rule], actions: tuple[Action, ...]) -> Iterator[cloudwatch.Alarm]:
    """Alarms on a channel: messages that arrive and wait undelivered, deliveries that SNS gave up, rules that reached no target.

    An alarm speaks when its state changes. The one on waiting messages is silent while the first of them waits, so another one
    watches what arrives: SQS counts what EventBridge and SNS send there (SQS Developer Guide, "Available CloudWatch metrics for
    Amazon SQS": `NumberOfMessagesSent` leaves out only what SQS itself moves). The first stays, because metrics of a queue that was
    idle come up to 15 minutes late there, and a count that is late may be missed.
    """
    yield _alarm(
        "undelivered-arrivals",
        f"Another alert could not be delivered and went into the queue {QUEUE} of this account and region.",
        [_query("arrived", _metric("AWS/SQS", "NumberOfMessagesSent", "QueueName", QUEUE), "Sum", returned=True)],
        actions,
    )
    waiting = _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", QUEUE)
    yield _alarm(
        "undelivered-messages",
        f"Alerts wait undelivered in the queue {QUEUE} of this account and region. Look at them there, and at the topic's subscriptions "
        "and key; then delete them from the queue.",
        [_query("waiting", waiting, "Maximum", returned=True)],
        actions,
    )
    given_up = _metric("AWS/SNS", "NumberOfNotificationsFailed", "TopicName", TOPIC)
    yield _alarm(
        "delivery-failed",
        f"SNS gave up delivering an alert to a subscriber of the topic {TOPIC} of this account and region.",
        [_query("failed", given_up, "Sum", returned=True)],
        actions,
    )
    queries = [
        _query(f"rule{number}", _metric("AWS/Events", "FailedInvocations", "RuleName", each.properties["Name"]), "Sum")
        for number, each in enumerate(rules, 1)
    ]
    if queries:
        total = cloudwatch.MetricDataQuery(Id="failed", Expression="SUM(METRICS())", Label="failed", ReturnData=True)
        yield _alarm(
            "rules-failed",
            f"A rule of {SLUG} could not reach its topic in this account and region. Look at the topic's policy and key.",
            [*queries, total],
            actions,
        )


def _metric(namespace: str, name: str, dimension: str, value: str) -> cloudwatch.Metric:
    dimensions = [cloudwatch.MetricDimension(Name=dimension, Value=value)]
    return cloudwatch.Metric(Namespace=namespace, MetricName=name, Dimensions=dimensions)


def _query(name: str, metric: cloudwatch.Metric, statistic: str, *, returned: bool = False) -> cloudwatch.MetricDataQuery:
    measured = cloudwatch.MetricStat(Metric=metric, Period=PERIOD, Stat=statistic)
    return cloudwatch.MetricDataQuery(Id=name, ReturnData=returned, MetricStat=measured)


def _alarm(
    name: str, description: str, metrics: list[cloudwatch.MetricDataQuery], actions: tuple[Action, ...]
) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        f"{title(name)}Alarm",
        AlarmName=named(name),
        AlarmDescription=description,
        AlarmActions=list(actions),
        Metrics=metrics,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        TreatMissingData="notBreaching",
        Tags=TAGS,
    )


def _key(place: Place, alarming: tuple[AccountId, ...]) -> kms.Key:
    """The topic's key.

    For EventBridge the source account is checked only if it is told: SNS says that conditions on the source are not supported in the
    key policy of an encrypted topic to which EventBridge publishes (SNS Developer Guide, "Managing Amazon SNS encryption keys"). The
    topic's policy decides all the same.
    """
    return rotated_key(
        "TopicKey",
        "Security alerts: encrypts the topic",
        [
            key_administration(place.partition, place.account, [execution_role(place.partition, place.account)]),
            allow(
                "RulesPublish",
                {"Service": "events.amazonaws.com"},
                PUBLISHING,
                condition={"StringEqualsIfExists": {"aws:SourceAccount": place.account}},
            ),
            allow(
                "AlarmsPublish",
                {"Service": "cloudwatch.amazonaws.com"},
                PUBLISHING,
                condition={"StringEquals": {"aws:SourceAccount": sorted(alarming)}},
            ),
        ],
    )


def _topic_policy(place: Place, alarming: tuple[AccountId, ...], topic: sns.Topic) -> Iterator[JsonObject]:
    """Rules of this place and alarms of `alarming` publish, and of everyone else only whom the own account's policies let.

    Alarms may publish across accounts of one region (SNS Developer Guide, "Example cases for Amazon SNS access control").
    """
    yield allow(
        "RulesPublish",
        {"Service": "events.amazonaws.com"},
        ["sns:Publish"],
        [topic.ref()],
        {
            "StringEqualsIfExists": {"aws:SourceAccount": place.account},
            "ArnLikeIfExists": {"aws:SourceArn": _rules(place)},
        },
    )
    alarms = [replace(place, account=owner).written("cloudwatch", f"alarm:{SLUG}-*") for owner in sorted(alarming)]
    yield allow(
        "AlarmsPublish",
        {"Service": "cloudwatch.amazonaws.com"},
        ["sns:Publish"],
        [topic.ref()],
        {"ArnLike": {"aws:SourceArn": alarms}},
    )
    yield deny("TlsOnly", ["sns:Publish"], [topic.ref()], {"Bool": {"aws:SecureTransport": "false"}})


def _queue() -> sqs.Queue:
    """What could not be delivered. Encrypted with SQS's own keys: a key that fails is one of the reasons why an alert ends here."""
    queue = sqs.Queue("Undelivered", QueueName=QUEUE, MessageRetentionPeriod=KEPT_SECONDS, SqsManagedSseEnabled=True, Tags=TAGS)
    reason = "encrypted with SQS's own keys, so that it still takes what the topic's key kept from being delivered"
    queue.resource["Metadata"] = {"cfn_nag": {"rules_to_suppress": [{"id": "W48", "reason": reason}]}}
    return queue


def _queue_policy(place: Place, topic: sns.Topic, queue: sqs.Queue) -> Iterator[JsonObject]:
    """EventBridge and SNS put there what they could not deliver.

    EventBridge User Guide, "Using dead-letter queues"; SNS Developer Guide, "Amazon SNS dead-letter queues".
    """
    yield allow(
        "RulesSend",
        {"Service": "events.amazonaws.com"},
        ["sqs:SendMessage"],
        [queue.get_att("Arn")],
        {"ArnLike": {"aws:SourceArn": _rules(place)}},
    )
    yield allow(
        "TopicSends",
        {"Service": "sns.amazonaws.com"},
        ["sqs:SendMessage"],
        [queue.get_att("Arn")],
        {"ArnEquals": {"aws:SourceArn": topic.ref()}},
    )
    yield deny("TlsOnly", ["sqs:*"], [queue.get_att("Arn")], {"Bool": {"aws:SecureTransport": "false"}})


def _subscriptions(topic: sns.Topic, queue: sqs.Queue, options: SecurityAlertsOptions) -> Iterator[sns.SubscriptionResource]:
    """One each. Addresses are told apart by their order, which changes a logical id only when one before it goes."""
    for number, address in enumerate(options.emails, 1):
        yield sns.SubscriptionResource(f"Email{number}", TopicArn=topic.ref(), Protocol="email", Endpoint=address)
    for number, address in enumerate(options.https, 1):
        yield sns.SubscriptionResource(
            f"Https{number}",
            TopicArn=topic.ref(),
            Protocol="https",
            Endpoint=address,
            RedrivePolicy={"deadLetterTargetArn": queue.get_att("Arn")},
        )


def _rules(place: Place) -> Arn | Sub:
    return place.written("events", f"rule/{SLUG}-*")
