"""How templates call what is called most: macros, a thousand times on a long page."""

from typing import Any

from jinja2.runtime import Context, Macro

#: What compiled templates pass along of the loops and blocks a call stands in; macros want neither.
_LOOP, _BLOCK = "_loop_vars", "_block_vars"


class Straight(Context):
    """A context that calls a macro without first asking what it wants passed: that is known."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja
        if type(__obj) is not Macro:
            return super().call(__obj, *args, **kwargs)
        kwargs.pop(_LOOP, None)
        kwargs.pop(_BLOCK, None)
        return __obj(__self.eval_ctx, *args, **kwargs)
