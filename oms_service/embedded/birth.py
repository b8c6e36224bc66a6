"""The nursery's own process: it loads a module once, then forks each child that is asked for.

A child is forked twice. The process in between ends at once, so that the child comes to belong to
the supervisor, which adopts orphans: it hears how the child ends, and takes it along when it dies.
"""

import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

from oms_service.embedded.processes import be_called, told_of_orphaning

#: The most an order may be: arguments and a whole environment.
LARGEST_ORDER: Final = 200_000
#: So long may pass until a child belongs to its supervisor; it takes a thousandth of it.
ADOPTION_PATIENCE_S: Final = 5
#: The answer where nobody adopted the child; else it is the child's number.
NOBODY: Final = b"0"


@dataclass(frozen=True)
class Order:
    """A child to be: ``python -m module arguments``, for the supervisor of that number."""

    name: str
    module: str
    arguments: list[str]
    environ: dict[str, str]
    supervisor: int

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, text: bytes) -> "Order":
        return cls(**json.loads(text))


def main() -> None:
    """``birth DESCRIPTOR MODULE``: load the module, then answer orders until nobody gives any."""
    line = socket.socket(fileno=int(sys.argv[1]))
    importlib.import_module(sys.argv[2])
    order = _serve(line)
    if order is not None:  # we are the child
        sys.argv[1:] = order.arguments
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _serve(line: socket.socket) -> Order | None:
    """Fork what is asked for. It returns the order in the child, and None when all is over."""
    while True:
        text, (*given,), _, _ = socket.recv_fds(line, LARGEST_ORDER, 1)
        if not text:
            return None
        order, output = Order.decode(text), given[0]
        between = os.fork()
        if between:
            os.close(output)
            os.waitpid(between, 0)
            continue
        if os.fork():
            os._exit(0)
        if not _is_adopted(order.supervisor):
            line.send(NOBODY)
            os._exit(1)
        _settle(order, output)
        line.send(str(os.getpid()).encode())
        line.close()
        return order


def _is_adopted(supervisor: int) -> bool:
    """Wait until this process belongs to the supervisor, who may ask how it is from then on."""
    deadline = time.monotonic() + ADOPTION_PATIENCE_S
    while os.getppid() != supervisor:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.0005)
    return True


def _settle(order: Order, output: int) -> None:
    """Become what a fresh process would be."""
    be_called(order.name)
    told_of_orphaning(signal.SIGTERM, parent=order.supervisor)()
    os.setsid()
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.clear()
    os.environ.update(order.environ)


if __name__ == "__main__":
    main()
