"""How it is noticed that a container of a task has ended. MiniStack looks for it ten times a second, and asks Docker twice for each look: that was
a quarter of a core for a few tasks. Here Docker is asked once for each container, and answers when that has ended.

https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerWait
"""

import threading

from ministack.core.concurrency import spawn_background
from ministack.services import ecs

# The containers of which Docker was asked, and those that ended, or of which it could not be told.
asked, ended, lock = set(), set(), threading.Lock()


def await_end(container):
    try:
        ecs._get_docker().api.wait(container, timeout=None)
    finally:
        # Without an answer, MiniStack looks as often as ever: it asks what the container is.
        ended.add(container)


def ask(container):
    with lock:
        if container in asked:
            return
        asked.add(container)
    spawn_background(await_end, container, thread_name=f"end-{container[:8]}")


def maybe_mark_stopped(original):
    """Looks at a task when one of its containers has ended."""
    def looked(task, docker_client=None):
        containers = list(task.get("_docker_ids") or ())
        for container in containers:
            ask(container)
        if not ended.isdisjoint(containers):
            original(task, docker_client)
    return looked


def install():
    ecs._maybe_mark_stopped = maybe_mark_stopped(ecs._maybe_mark_stopped)
