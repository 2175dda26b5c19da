"""When MiniStack looks at a task: no container runs here."""

import threading
import time
import unittest
from unittest import mock

import exits
from ministack.services import ecs


class Engine:
    """An engine whose containers end when they are told to."""

    def __init__(self):
        self.api, self.asked, self.over, self.fails = self, [], threading.Event(), False

    def wait(self, container, timeout):
        self.asked.append((container, timeout))
        self.over.wait(10)
        if self.fails:
            raise ConnectionError("the engine is gone")


class Ends(unittest.TestCase):
    def setUp(self):
        self.engine, self.looks = Engine(), []
        self.addCleanup(self.engine.over.set)
        self.enterContext(mock.patch.object(ecs, "_get_docker", lambda: self.engine))
        self.look = exits.maybe_mark_stopped(lambda task, client: self.looks.append(task["_docker_ids"]))
        self.task = {"_docker_ids": [f"{self.id()} first", f"{self.id()} second"]}

    def soon(self, holds):
        until = time.monotonic() + 10
        while not holds() and time.monotonic() < until:
            time.sleep(0.01)
        self.assertTrue(holds())

    def test_docker_is_asked_once_for_each_container_and_without_a_limit(self):
        for _ in range(5):
            self.look(self.task)
        self.soon(lambda: len(self.engine.asked) == 2)
        self.assertEqual([(one, None) for one in self.task["_docker_ids"]], sorted(self.engine.asked))

    def test_a_task_is_looked_at_only_when_a_container_of_it_has_ended(self):
        other = {"_docker_ids": []}
        for task in (self.task, other, {}):
            self.look(task)
        self.assertEqual([], self.looks)
        self.engine.over.set()
        self.soon(lambda: exits.ended.issuperset(self.task["_docker_ids"]))
        self.look(other)
        self.assertEqual([], self.looks, "the others go on")
        self.look(self.task)
        self.assertEqual([self.task["_docker_ids"]], self.looks)

    def test_where_docker_does_not_tell_ministack_looks_for_itself(self):
        self.engine.fails = True
        self.engine.over.set()
        with self.assertLogs(level="ERROR") as said:
            self.look(self.task)
            self.soon(lambda: len(said.records) == 2)
        self.looks.clear()
        self.look(self.task)
        self.look(self.task)
        self.assertEqual(2, len(self.looks))


if __name__ == "__main__":
    unittest.main()
