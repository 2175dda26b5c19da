"""Runs MiniStack with what it lacks and a deployment needs: what a task definition says of its containers, what tasks may do in AWS, health
checks, a VPC's further ranges, the deployments of a service, clusters in Auto Mode. They are in MiniStack's own process, in place of functions of its own; install()
of each module fails when a later MiniStack lacks one."""

import sys

import clusters
import containers
import deployments
import exits
import health
import ranges
import tasks
from ministack.app import main

for module in (clusters, containers, tasks, exits, health, ranges, deployments):
    module.install()
sys.argv = ["ministack"]
main()
