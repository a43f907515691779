"""What a credential may do: every root field names one of these; a test walks the schema to make sure of it."""

from typing import Any, ClassVar

import strawberry
from graphql import GraphQLError
from strawberry.permission import BasePermission

from tracking.accounts.models import Scope


class HasScope(BasePermission):
    needed: ClassVar[Scope]

    def has_permission(self, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> bool:  # noqa: ARG002 -- the library's
        credential = info.context.credential
        if credential is None:
            raise GraphQLError(
                "This needs a valid API key or session token: send it as `Authorization: Bearer <it>`.",
                extensions={"code": "UNAUTHENTICATED"},
            )
        if self.needed not in credential.scopes:
            raise GraphQLError(f"This needs the scope {self.needed.value}.", extensions={"code": "FORBIDDEN"})
        return True


class IsReader(HasScope):
    needed = Scope.READ


class IsWriter(HasScope):
    needed = Scope.WRITE


class IsAdmin(HasScope):
    needed = Scope.ADMIN


class IsServer(BasePermission):
    """Beside a scope: an API key, and no session, which would prolong itself for ever."""

    def has_permission(self, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> bool:  # noqa: ARG002 -- the library's
        if info.context.viewer.is_session:
            raise GraphQLError("This needs an API key: a session is not enough.", extensions={"code": "FORBIDDEN"})
        return True
