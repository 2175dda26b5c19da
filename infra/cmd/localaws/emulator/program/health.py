"""The health checks of ECS and of the load balancer, which MiniStack knows and never carries out.

Each task of a service is watched from its start: the health command of its containers is run in them, and its target groups ask their path
of its address. What comes of it decides, as on AWS, where the load balancer sends requests, when a deployment is complete, which task is
stopped and replaced, and when the circuit breaker opens. MiniStack decides all of that inside its own process, so this is inside it too.
The functions that are put in place of MiniStack's are listed in install(), which fails when a later MiniStack lacks one.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

import http.client
import random
import threading
import time
from html import escape

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb, ecs

HEALTHY, UNHEALTHY, UNKNOWN = "HEALTHY", "UNHEALTHY", "UNKNOWN"
# Between two looks at what is due, and from a task's start to its first check: most services need a moment until they listen.
TICK, FIRST = 0.2, 0.5
# The exit code of a container that SIGTERM ends, as the stop of a task does.
ENDED = 143
# How much of an answer is kept to be shown.
SHOWN = 200


class Check:
    """One check of one task: what it is told, and what follows from it."""

    def __init__(self, interval, healthy_after, unhealthy_after, start_period=0):
        self.interval, self.healthy_after, self.unhealthy_after = interval, healthy_after, unhealthy_after
        self.state, self.answer = UNKNOWN, "not asked yet"
        self.passed = self.failed = 0
        self.started = time.monotonic()
        self.counts_from, self.due = self.started + start_period, self.started + FIRST

    def run_if_due(self):
        now = time.monotonic()
        if now >= self.due:
            self.due = now + self.interval
            ok, self.answer = self.probe()
            self.note(ok)

    def note(self, ok):
        """Counts one result. The first success makes a new one healthy; failures while it starts do not count."""
        if ok:
            self.failed, self.passed = 0, self.passed + 1
            if self.state != UNHEALTHY or self.passed >= self.healthy_after:
                self.state = HEALTHY
        elif self.state == HEALTHY or time.monotonic() >= self.counts_from:
            self.failed, self.passed = self.failed + 1, 0
            if self.failed >= self.unhealthy_after:
                self.state = UNHEALTHY


class Command(Check):
    """The health command of a container, run in it."""

    def __init__(self, task, index, definition):
        health = definition["healthCheck"]
        super().__init__(
            health.get("interval", 30), 1, health.get("retries", 3), health.get("startPeriod", 0))
        self.task, self.index, self.name = task, index, definition["name"]
        self.essential = definition.get("essential", True)
        self.timeout = health.get("timeout", 5)
        kind, *words = health["command"]
        self.command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words

    def probe(self):
        result = []
        worker = threading.Thread(target=lambda: result.append(self.execute()), daemon=True)
        worker.start()
        worker.join(self.timeout)
        return result[0] if result else (False, f"it had not ended after {self.timeout} s")

    def execute(self):
        try:
            api = ecs._get_docker().api
            run = api.exec_create(self.task["_docker_ids"][self.index], self.command)["Id"]
            output = api.exec_start(run).decode(errors="replace").strip()
            code = api.exec_inspect(run)["ExitCode"]
            return code == 0, f"exit code {code}: {output[-SHOWN:]}"
        except Exception as error:  # Docker says in many ways that there is no such program or container.
            return False, str(error)[-SHOWN:]

    def stop_reason(self):
        return "Task failed container health checks"

    def event(self):
        return (f"(task {identity(self.task)}) failed container health checks: "
                f"{' '.join(self.command)} in container {self.name}: {self.answer}")


class Target(Check):
    """A target group's check of a task's address."""

    essential = True

    def __init__(self, task, arn, container_port):
        self.task, self.arn, self.group, self.port = task, arn, alb._tgs[arn], container_port
        self.reason = self.description = self.asked = ""
        super().__init__(self.group["HealthCheckIntervalSeconds"], self.group["HealthyThresholdCount"], self.group["UnhealthyThresholdCount"])

    def address(self):
        return ecs._task_ip(self.task)

    def probe(self):
        group, address = self.group, self.address()
        port = self.port if group["HealthCheckPort"] == "traffic-port" else int(group["HealthCheckPort"])
        self.asked = f"GET http://{address}:{port}{group['HealthCheckPath']}"
        connection = http.client.HTTPConnection(address, port, timeout=group["HealthCheckTimeoutSeconds"])
        try:
            connection.request("GET", group["HealthCheckPath"], headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read(SHOWN).decode(errors="replace").strip()
            self.reason = "Target.ResponseCodeMismatch"
            self.description = f"Health checks failed with these codes: [{answer.status}]"
            return matches(group["Matcher"]["HttpCode"], answer.status), f"{answer.status} {answer.reason}: {text}"
        except TimeoutError:
            self.reason, self.description = "Target.Timeout", "Request timed out"
            return False, f"no answer within {group['HealthCheckTimeoutSeconds']} s"
        except (OSError, http.client.HTTPException) as error:
            self.reason, self.description = "Target.FailedHealthChecks", "Health checks failed"
            return False, str(error) or type(error).__name__
        finally:
            connection.close()

    def stop_reason(self):
        return f"Task failed ELB health checks in (target-group {self.arn})"

    def event(self):
        return (f"(task {identity(self.task)}) (port {self.port}) is unhealthy in (target-group {self.arn}) due to "
                f"(reason {self.description}): {self.asked}: {self.answer}")


class Registered(Target):
    """A target group's check of an address that a caller has registered, such as a pod's. It is carried out as long as the address is there."""

    def __init__(self, target, arn):
        super().__init__(None, arn, int(target["Port"]))
        self.target = target["Id"]

    def address(self):
        return self.target

    def watch(self):
        while any(one["Id"] == self.target for one in alb._targets.get(self.arn, [])):
            self.run_if_due()
            time.sleep(TICK)
        targets.pop((self.arn, self.target), None)


def identity(task):
    return task["taskArn"].rsplit("/", 1)[-1]


def matches(matcher, status):
    """Whether a status is among those of a matcher, such as 200,202 or 200-299."""
    ranges = [part.split("-") for part in str(matcher).split(",")]
    return any(int(ends[0]) <= status <= int(ends[-1]) for ends in ranges)


# The checks of the targets that there are, by target group and address.
targets = {}


def service_of(task):
    """The key of a task's service and the service, or nothing for a task without one."""
    kind, _, name = task.get("group", "").partition(":")
    key = f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{name}"
    return (key, ecs._services.get(key)) if kind == "service" else (key, None)


def containers_of(task):
    definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    return definition.get("containerDefinitions", [])


def port_of(task, port):
    """The port that a task is registered with: the service's, unless the task is of a revision that has another."""
    own = [mapping["containerPort"] for container in containers_of(task) for mapping in container.get("portMappings", [])]
    return port if port in own or not own else own[0]


def checks_of(task):
    checks = [
        Command(task, index, container) for index, container in enumerate(containers_of(task))
        if (container.get("healthCheck") or {}).get("command", ["NONE"])[0] != "NONE"
    ]
    _, service = service_of(task)
    for balancer in (service or {}).get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if arn in alb._tgs:
            check = targets[arn, ecs._task_ip(task)] = Target(task, arn, port_of(task, balancer.get("containerPort", 80)))
            checks.append(check)
    return checks


def watch(task):
    """Carries out the checks of a task for as long as it runs."""
    checks = checks_of(task)
    try:
        while ecs._task_is_active(task["taskArn"], task) and task.get("lastStatus") == "RUNNING":
            for check in checks:
                check.run_if_due()
            publish(task, checks)
            if not task.get("_healthy") and all(check.state == HEALTHY for check in checks):
                task["_healthy"] = True
                count_as_healthy(task)
            failed = next((check for check in checks if check.essential and check.state == UNHEALTHY), None)
            if failed and replace(task, failed):
                return
            time.sleep(TICK)
    finally:
        for key in [key for key, check in list(targets.items()) if check in checks]:
            targets.pop(key, None)


def publish(task, checks):
    """Has DescribeTasks tell the health of containers, and of the task by its essential ones."""
    commands = [check for check in checks if isinstance(check, Command)]
    for check in commands:
        task["containers"][check.index]["healthStatus"] = check.state
    states = {check.state for check in commands if check.essential}
    task["healthStatus"] = next((state for state in (UNHEALTHY, UNKNOWN, HEALTHY) if state in states), UNKNOWN)


def count_as_healthy(task):
    key, service = service_of(task)
    if service:
        ecs._schedule_service_deployment_completion(key.split("/", 1)[0], key, get_account_id(), get_region(), healthy_task=task)


def replace(task, failed):
    """Stops an unhealthy task of a service, unless it is in its grace period. The service's scheduler starts another one."""
    _, service = service_of(task)
    if not service or time.monotonic() < failed.started + service.get("healthCheckGracePeriodSeconds", 0):
        return False
    service["events"].insert(0, {
        "id": ecs.new_uuid(), "createdAt": ecs._iso(), "message": f"(service {service['serviceName']}) {failed.event()}",
    })
    if ecs._mark_task_stopped(task["taskArn"], task, failed.stop_reason(), "ServiceSchedulerInitiated", exit_code=ENDED):
        ecs._cleanup_task_resources(task, ecs._get_docker())
        ecs._record_service_task_failure(task)
    return True


def make_deployment(original):
    """Lets a service's first deployment be in progress until its tasks are healthy, as later ones are."""
    def made(task_definition, desired_count, status="PRIMARY"):
        deployment = original(task_definition, desired_count, status)
        if desired_count > 0:
            deployment.update(rolloutState="IN_PROGRESS", rolloutStateReason="ECS deployment in progress.")
        return deployment
    return made


def watch_task_lifecycle(original):
    """Watches the health of a task beside whether its containers run."""
    def begun(task, docker_client, account_id, region):
        def work():
            with request_scope(account_id, region):
                watch(task)
        spawn_background(work, thread_name=f"health-{identity(task)[:8]}")
        original(task, docker_client, account_id, region)
    return begun


def record_service_task_healthy(original):
    """Lets a deployment count tasks that are healthy, not those that have run for a second."""
    def recorded(service_key, task):
        if task.get("_healthy"):
            original(service_key, task)
    return recorded


def describe_target_health(original):
    """Tells the health of targets as it is."""
    def described(params):
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return original(params)
        wanted = {target["Id"] for target in alb._parse_targets_param(params)}
        members = "".join(
            member(target, targets.get((arn, target["Id"]))) for target in alb._targets.get(arn, [])
            if not wanted or target["Id"] in wanted)
        return alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>")
    return described


def register_targets(original):
    """Checks what callers register by its address."""
    def registered(params):
        answer = original(params)
        arn, account_id, region = alb._p(params, "TargetGroupArn"), get_account_id(), get_region()
        for target in alb._parse_targets_param(params) if alb._tgs.get(arn, {}).get("TargetType") == "ip" else ():
            if (arn, target["Id"]) not in targets:
                check = targets[arn, target["Id"]] = Registered(target, arn)
                def work(check=check):
                    with request_scope(account_id, region):
                        check.watch()
                spawn_background(work, thread_name=f"health-{target['Id']}")
        return answer
    return registered


def member(target, check):
    if check and check.state == HEALTHY:
        health = "<State>healthy</State>"
    elif check and check.state == UNHEALTHY:
        health = (f"<State>unhealthy</State><Reason>{check.reason}</Reason>"
                  f"<Description>{escape(check.description)}</Description>")
    else:
        health = "<State>initial</State><Reason>Elb.InitialHealthChecking</Reason><Description>Initial health checks in progress</Description>"
    return (f"<member><Target><Id>{target['Id']}</Id><Port>{target['Port']}</Port></Target>"
            f"<HealthCheckPort>{target['Port']}</HealthCheckPort><TargetHealth>{health}</TargetHealth></member>")


def set_targets(original):
    """Registers each task with its own port: MiniStack moves those of an earlier revision to a changed port, where nothing listens."""
    def registered(arn, pairs, previous=()):
        tasks = {ecs._task_ip(task): task for task in list(ecs._tasks.values()) if task.get("lastStatus") == "RUNNING"}
        return original(arn, [(ip, port_of(tasks[ip], port) if ip in tasks else port) for ip, port in pairs], previous)
    return registered


def forward_to_tg(original):
    """Sends requests to healthy targets, or, when all that were checked are unhealthy, to those: a load balancer fails open."""
    async def forwarded(arn, method, path, headers, body, query_params, raw_query_string=None, raw_path=None):
        group, registered = alb._tgs.get(arn), alb._targets.get(arn, [])
        if not group or not registered or group["TargetType"] != "ip":
            return await original(arn, method, path, headers, body, query_params, raw_query_string, raw_path)
        for state in (HEALTHY, UNHEALTHY):
            able = [target for target in registered if getattr(targets.get((arn, target["Id"])), "state", None) == state]
            if able:
                return await alb._proxy_http_target(
                    random.choice(able), group, method, raw_path or path, headers, body, query_params, raw_query_string)
        return 503, {"Content-Type": "text/html"}, b"503 Service Temporarily Unavailable: no target has passed a health check yet\n"
    return forwarded


def install():
    for module, name, around in (
        (ecs, "_make_deployment", make_deployment),
        (ecs, "_watch_task_lifecycle", watch_task_lifecycle),
        (ecs, "_record_service_task_healthy", record_service_task_healthy),
        (alb, "_forward_to_tg", forward_to_tg),
        (alb, "set_targets_for_group", set_targets),
    ):
        setattr(module, name, around(getattr(module, name)))
    alb._ACTION_MAP["RegisterTargets"] = register_targets(alb._ACTION_MAP["RegisterTargets"])
    alb._ACTION_MAP["DescribeTargetHealth"] = describe_target_health(alb._ACTION_MAP["DescribeTargetHealth"])
