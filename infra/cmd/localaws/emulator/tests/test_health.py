"""The health checks, one rule at a time, against MiniStack's own services: no container runs here."""

import http.server
import threading
import time
import unittest
from unittest import mock

import health
from health import HEALTHY, UNHEALTHY, UNKNOWN, Check, Command, Target
from ministack.services import alb, ecs

ARN = "arn:aws:ecs:us-east-1:000000000000"


class Result(Check):
    """A check whose results are given."""

    def note_all(self, *results):
        for ok in results:
            self.note(ok)
        return self.state


class Thresholds(unittest.TestCase):
    def test_the_first_success_makes_a_new_one_healthy(self):
        self.assertEqual(UNKNOWN, Result(5, 2, 2).state)
        self.assertEqual(HEALTHY, Result(5, 2, 2).note_all(True))

    def test_only_failures_in_a_row_make_unhealthy(self):
        self.assertEqual(HEALTHY, Result(5, 2, 2).note_all(True, False, True, False))
        self.assertEqual(UNHEALTHY, Result(5, 2, 2).note_all(True, False, False))
        self.assertEqual(HEALTHY, Result(5, 2, 3).note_all(True, False, False))

    def test_what_is_unhealthy_needs_its_successes_in_a_row(self):
        self.assertEqual(UNHEALTHY, Result(5, 2, 1).note_all(False, True, False, True))
        self.assertEqual(HEALTHY, Result(5, 2, 1).note_all(False, True, True))

    def test_failures_while_it_starts_do_not_count(self):
        starting = Result(5, 1, 1, start_period=60)
        self.assertEqual(UNKNOWN, starting.note_all(False, False))
        self.assertEqual(UNHEALTHY, starting.note_all(True, False), "a success ends the start")

    def test_it_is_due_once_an_interval(self):
        check = Result(30, 1, 1)
        check.probe = mock.Mock(return_value=(True, "fine"))
        check.run_if_due()
        self.assertEqual(0, check.probe.call_count, "not at once")
        check.due = 0
        check.run_if_due()
        check.run_if_due()
        self.assertEqual(1, check.probe.call_count)
        self.assertAlmostEqual(time.monotonic() + 30, check.due, delta=1)


class Matcher(unittest.TestCase):
    def test_a_matcher_is_codes_and_ranges(self):
        for matcher, status, fits in (
            ("200", 200, True), ("200", 204, False), ("200,202", 202, True), ("200,202", 201, False), ("200-299", 250, True), ("200-299", 300, False),
            (200, 200, True),
        ):
            self.assertEqual(fits, health.matches(matcher, status), (matcher, status))


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({"/health": 200, "/odd": 202}.get(self.path, 404))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


class Targets(unittest.TestCase):
    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.enterContext(mock.patch.object(ecs, "_task_ip", return_value="127.0.0.1"))

    def target(self, container_port, **changes):
        group = {
            "HealthCheckIntervalSeconds": 5, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 3, "HealthCheckTimeoutSeconds": 1,
            "HealthCheckPort": "traffic-port", "HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}} | changes
        self.enterContext(mock.patch.object(alb, "_tgs", {"group": group}))
        return Target({"taskArn": f"{ARN}:task/c/1"}, "group", container_port)

    def test_it_takes_the_groups_numbers(self):
        target = self.target(1)
        self.assertEqual((5, 2, 3), (target.interval, target.healthy_after, target.unhealthy_after))

    def test_it_asks_the_path_at_the_port_of_the_container(self):
        self.assertEqual((True, "200 OK: /health"), self.target(self.port).probe())

    def test_it_asks_at_the_groups_own_port_if_that_is_stated(self):
        self.assertEqual((True, "200 OK: /health"), self.target(1, HealthCheckPort=str(self.port)).probe())

    def test_another_status_fails_and_says_which(self):
        target = self.target(self.port, HealthCheckPath="/odd")
        self.assertEqual((False, "202 Accepted: /odd"), target.probe())
        self.assertEqual(("Target.ResponseCodeMismatch", "Health checks failed with these codes: [202]"), (target.reason, target.description))
        self.assertTrue(self.target(self.port, HealthCheckPath="/odd", Matcher={"HttpCode": "200-202"}).probe()[0])

    def test_a_closed_port_and_silence_fail(self):
        self.server.shutdown()
        self.server.server_close()
        target = self.target(self.port)
        self.assertFalse(target.probe()[0])
        self.assertEqual("Target.FailedHealthChecks", target.reason)
        with http.server.HTTPServer(("127.0.0.1", 0), Answers) as silent:
            target = self.target(silent.server_address[1])
            self.assertEqual((False, "no answer within 1 s"), target.probe())
        self.assertEqual("Target.Timeout", target.reason)


    def test_what_a_caller_registers_is_checked_until_it_is_taken_away(self):
        self.target(self.port, TargetType="ip")
        one = {"Id": "127.0.0.1", "Port": str(self.port)}
        registered = {"group": [one]}
        self.enterContext(mock.patch.object(alb, "_targets", registered))
        self.enterContext(mock.patch.object(alb, "_p", lambda params, name: params[name]))
        self.enterContext(mock.patch.object(alb, "_parse_targets_param", lambda params: registered["group"]))
        health.register_targets(lambda params: None)({"TargetGroupArn": "group"})
        check = health.targets["group", "127.0.0.1"]
        self.wait_until(lambda: check.state == health.HEALTHY)
        registered["group"] = []
        self.wait_until(lambda: ("group", "127.0.0.1") not in health.targets)

    def wait_until(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


class Ports(unittest.TestCase):
    def test_a_task_keeps_the_port_of_its_revision(self):
        definitions = {f"t:{port}": {"containerDefinitions": [{"portMappings": [{"containerPort": port}]}]} for port in (8080, 8081)}
        tasks = {str(port): {"taskDefinitionArn": f"t:{port}", "lastStatus": "RUNNING", "ip": f"10.0.0.{port - 8079}"} for port in (8080, 8081)}
        for name, value in (("_task_defs", definitions), ("_tasks", tasks), ("_resolve_td_key", lambda arn: arn), ("_task_ip", lambda task: task["ip"])):
            self.enterContext(mock.patch.object(ecs, name, value))
        original = mock.Mock()
        health.set_targets(original)("group", [("10.0.0.1", 8081), ("10.0.0.2", 8081), ("10.0.0.3", 8081)], ["10.0.0.1"])
        original.assert_called_once_with("group", [("10.0.0.1", 8080), ("10.0.0.2", 8081), ("10.0.0.3", 8081)], ["10.0.0.1"])


class Docker:
    """An engine in which a command has an exit code and an output, and takes a while."""

    def __init__(self, code=0, output=b"", takes=0):
        self.api, self.code, self.output, self.takes = self, code, output, takes

    def exec_create(self, container, command):
        self.ran = container, command
        return {"Id": "1"}

    def exec_start(self, _):
        time.sleep(self.takes)
        return self.output

    def exec_inspect(self, _):
        return {"ExitCode": self.code}


class Commands(unittest.TestCase):
    def command(self, docker=None, **changes):
        self.enterContext(mock.patch.object(ecs, "_get_docker", return_value=docker))
        return Command({"taskArn": f"{ARN}:task/c/1", "_docker_ids": ["0", "1"]}, 1, {
            "name": "mote", "healthCheck": {"command": ["CMD", "/mote", "healthcheck"]} | changes})

    def test_without_numbers_it_has_those_of_ecs(self):
        command = self.command()
        self.assertEqual((30, 3, 5), (command.interval, command.unhealthy_after, command.timeout))
        self.assertLess(command.counts_from, time.monotonic())

    def test_it_takes_the_definitions_numbers(self):
        command = self.command(interval=7, retries=4, timeout=2, startPeriod=60)
        self.assertEqual((7, 4, 2), (command.interval, command.unhealthy_after, command.timeout))
        self.assertAlmostEqual(time.monotonic() + 60, command.counts_from, delta=1)

    def test_it_runs_in_its_container_and_its_exit_code_decides(self):
        docker = Docker()
        self.assertEqual((True, "exit code 0: "), self.command(docker).probe())
        self.assertEqual(("1", ["/mote", "healthcheck"]), docker.ran)
        self.assertEqual((False, "exit code 1: unhealthy"), self.command(Docker(1, b"unhealthy\n")).probe())

    def test_a_line_is_the_shells(self):
        docker = Docker()
        self.command(docker, command=["CMD-SHELL", "true && true"]).probe()
        self.assertEqual(["/bin/sh", "-c", "true && true"], docker.ran[1])

    def test_one_that_takes_too_long_or_is_not_there_fails(self):
        self.assertEqual((False, "it had not ended after 0.05 s"), self.command(Docker(takes=1), timeout=0.05).probe())
        docker = Docker()
        docker.exec_create = mock.Mock(side_effect=OSError("no such program"))
        self.assertEqual((False, "no such program"), self.command(docker).probe())


class Consequences(unittest.TestCase):
    """What follows in a service of two tasks, whose first version is complete and whose second is under way."""

    def setUp(self):
        self.deployments = [
            {"id": "new", "status": "PRIMARY", "taskDefinition": "t:2", "desiredCount": 2, "failedTasks": 0, "rolloutState": "IN_PROGRESS"},
            {"id": "old", "status": "ACTIVE", "taskDefinition": "t:1", "desiredCount": 2, "failedTasks": 0, "rolloutState": "COMPLETED"},
        ]
        breaker = {"enable": True, "rollback": True}
        self.service = {
            "serviceName": "s", "serviceArn": f"{ARN}:service/c/s", "clusterArn": f"{ARN}:cluster/c", "status": "ACTIVE", "desiredCount": 2,
            "taskDefinition": "t:2", "events": [], "deployments": self.deployments,
            "deploymentConfiguration": {"deploymentCircuitBreaker": breaker},
        }
        for name, value in (
            ("_services", {"c/s": self.service}), ("_tasks", {}), ("_get_docker", lambda: None), ("_cleanup_task_resources", mock.Mock()),
            ("_reconcile_service_tasks", mock.Mock()), ("_schedule_service_deployment_completion", mock.Mock()),
        ):
            self.enterContext(mock.patch.object(ecs, name, value))

    def task(self, number):
        arn = f"{ARN}:task/c/{number}"
        task = ecs._tasks[arn] = {
            "taskArn": arn, "group": "service:s", "clusterArn": f"{ARN}:cluster/c", "taskDefinitionArn": "t:2", "startedBy": "new",
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "containers": [{"name": "mote"}], "_docker_ids": ["0"], "version": 1}
        return task

    def failed(self, task):
        command = Command(task, 0, {"name": "mote", "healthCheck": {"command": ["CMD", "/mote", "healthcheck"]}})
        command.state, command.answer = UNHEALTHY, "exit code 1: "
        return command

    def test_the_health_command_alone_makes_a_task_unhealthy(self):
        task = self.task(1)
        health.publish(task, [self.failed(task)])
        self.assertEqual((UNHEALTHY, UNHEALTHY), (task["healthStatus"], task["containers"][0]["healthStatus"]))

    def test_one_that_is_not_essential_does_not(self):
        task = self.task(1)
        check = self.failed(task)
        check.essential = False
        health.publish(task, [check])
        self.assertEqual((UNKNOWN, UNHEALTHY), (task["healthStatus"], task["containers"][0]["healthStatus"]))

    def test_an_unhealthy_task_is_stopped_and_counted_and_told(self):
        task = self.task(1)
        self.assertTrue(health.replace(task, self.failed(task)))
        self.assertEqual(("STOPPED", "Task failed container health checks"), (task["lastStatus"], task["stoppedReason"]))
        self.assertEqual(1, self.deployments[0]["failedTasks"])
        self.assertIn("(task 1) failed container health checks: /mote healthcheck in container mote: exit code 1", self.service["events"][0]["message"])
        ecs._reconcile_service_tasks.assert_called_with("c", "c/s")

    def test_in_its_grace_period_it_is_let_be(self):
        self.service["healthCheckGracePeriodSeconds"] = 60
        task = self.task(1)
        self.assertFalse(health.replace(task, self.failed(task)))
        self.assertEqual("RUNNING", task["lastStatus"])

    def test_the_third_that_fails_opens_the_circuit_breaker(self):
        for number in (1, 2, 3):
            self.assertEqual("IN_PROGRESS", self.deployments[0]["rolloutState"], number)
            task = self.task(number)
            health.replace(task, self.failed(task))
        self.assertEqual(("FAILED", "PRIMARY"), (self.deployments[0]["rolloutState"], self.deployments[1]["status"]))
        self.assertIn("circuit breaker was triggered after 3 consecutive task failures", self.deployments[0]["rolloutStateReason"])
        self.assertEqual("t:1", self.service["taskDefinition"])

    def test_a_deployment_counts_only_tasks_that_are_healthy(self):
        original = mock.Mock()
        recorded = health.record_service_task_healthy(original)
        recorded("c/s", {})
        original.assert_not_called()
        recorded("c/s", {"_healthy": True})
        original.assert_called_once()

    def test_a_first_deployment_is_in_progress_until_its_tasks_are_healthy(self):
        made = health.make_deployment(lambda *_: {"rolloutState": "COMPLETED"})
        self.assertEqual("IN_PROGRESS", made("t:1", 2)["rolloutState"])
        self.assertEqual("COMPLETED", made("t:1", 0)["rolloutState"])


if __name__ == "__main__":
    unittest.main()
