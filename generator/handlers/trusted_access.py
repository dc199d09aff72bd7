"""What lets an AWS service work for the whole organization: trusted access, and the service-linked role in the management account.

CloudFormation has a resource type for neither that could be declared where they may be there already.
"""

from __future__ import annotations

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, RequestError, persist, wait_until


def enable_trusted_access(clock: Clock, service: str) -> None:
    """Enable trusted access for the service principal if it is off, and wait until AWS Organizations shows it."""
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)
    pages = organizations.get_paginator("list_aws_service_access_for_organization")

    def trusted() -> bool:
        return any(
            known["ServicePrincipal"] == service for page in pages.paginate() for known in page["EnabledServicePrincipals"]
        )

    if not persist(clock, "listing trusted services", trusted):
        doing = f"enabling trusted access for {service}"
        persist(clock, doing, lambda: organizations.enable_aws_service_access(ServicePrincipal=service))
        wait_until(clock, f"waiting for trusted access for {service}", trusted)


def create_service_linked_role(clock: Clock, service: str, name: str) -> None:
    """Create the service's role, which AWS calls `name`, if it is missing.

    Guides differ on what brings it: AWS Organizations' says trusted access, CloudTrail's only a call to CloudTrail
    (services-that-can-integrate-cloudtrail, cloudtrail-delegated-administrator). So look, and do not rely on either.
    """
    iam = boto3.client("iam", config=ONE_ATTEMPT)

    def found() -> bool:
        return persist(clock, f"looking for role {name}", lambda: iam.get_role(RoleName=name), fine=("NoSuchEntity",)) is not None

    if found():
        return
    try:
        persist(clock, f"creating role {name}", lambda: iam.create_service_linked_role(AWSServiceName=service))
    except RequestError:
        if not found():  # somebody else, such as another region's stack, may have made it since
            raise
