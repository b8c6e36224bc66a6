"""How templates call what is called most: macros, a thousand times on a long page."""

from types import FunctionType, MethodType
from typing import Any, Final

from jinja2.runtime import Context, Macro

#: What compiled templates pass along of the loops and blocks a call stands in; macros want neither.
_LOOP, _BLOCK = "_loop_vars", "_block_vars"
#: What a function says that wants something of the template passed.
_WANTS: Final = "jinja_pass_arg"
_FUNCTIONS: Final = frozenset({FunctionType, MethodType})


class Straight(Context):
    """A context that calls macros and functions without asking twice what they want passed."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja
        kind = type(__obj)
        if kind is Macro:
            kwargs.pop(_LOOP, None)
            kwargs.pop(_BLOCK, None)
            return __obj(__self.eval_ctx, *args, **kwargs)
        if kind in _FUNCTIONS and not hasattr(__obj, _WANTS):
            kwargs.pop(_LOOP, None)
            kwargs.pop(_BLOCK, None)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)
