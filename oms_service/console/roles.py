"""Which role may do what, as a page to read, and how many colleagues hold each."""

from flask import Blueprint, render_template

from oms_service.access import permissions, queries, words
from oms_service.access.guard import guard
from oms_service.runtime import runtime

blueprint = Blueprint(
    "console_roles", __name__, url_prefix="/console/roles", template_folder="templates"
)


@blueprint.get("")
@guard("staff:manage")
def matrix() -> str:
    """All that colleagues may do here, by area, with a mark for each role that may."""
    with runtime().database.reading() as connection:
        holders = queries.holders(connection)
    of_staff = [
        one for one in permissions.TABLE if not one.roles.isdisjoint(permissions.STAFF_ROLES)
    ]
    return render_template(
        "console/roles.html",
        area="console",
        roles=[
            (role, words.ROLES[role], words.ROLES_SAY[role], holders.get(role, 0))
            for role in permissions.STAFF_ROLES
        ],
        areas=[
            (said, [one for one in of_staff if one.name.partition(":")[0] in nouns])
            for said, nouns in words.AREAS
        ],
        said=words.PERMISSIONS,
    )
