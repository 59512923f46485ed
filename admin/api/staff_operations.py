"""The operations about staff, with the rule of each."""

from typing import Final

from admin.api.access import Operation, readers, writers
from admin.api.sections import staff

STAFF_OPERATIONS: Final = (
    Operation(
        name="listStaff",
        method="GET",
        path="/staff",
        view=staff.listed,
        roles=readers("console-staff"),
        right="staff:read",
        answers=staff.Staff,
    ),
    Operation(
        name="showMember",
        method="GET",
        path="/staff/{account_id}",
        view=staff.show,
        roles=readers("console-member"),
        right="staff:read",
        answers=staff.Member,
        refusals=(404,),
    ),
    Operation(
        name="unlockMember",
        method="POST",
        path="/staff/{account_id}/unlock",
        view=staff.unlock,
        roles=writers("console-member-change"),
        right="staff:write",
        answers=staff.Member,
        changes=True,
        refusals=(404, 409, 412),
    ),
    Operation(
        name="suspendMember",
        method="POST",
        path="/staff/{account_id}/suspend",
        view=staff.suspend,
        roles=writers("console-member-change"),
        right="staff:write",
        answers=staff.Member,
        changes=True,
        refusals=(404, 409, 412),
    ),
    Operation(
        name="reinstateMember",
        method="POST",
        path="/staff/{account_id}/reinstate",
        view=staff.reinstate,
        roles=writers("console-member-change"),
        right="staff:write",
        answers=staff.Member,
        changes=True,
        refusals=(404, 409, 412),
    ),
    Operation(
        name="closeMember",
        method="POST",
        path="/staff/{account_id}/close",
        view=staff.close,
        roles=writers("console-member-change"),
        right="staff:write",
        answers=staff.Member,
        changes=True,
        refusals=(404, 409, 412),
    ),
)
