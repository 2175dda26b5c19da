package estimate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mote-dev/mote/infra/internal/pulumimocks"
)

// task is one that Fargate bills. Memory is in GiB; spot is the share, from 0 to 1, of tasks on Spot.
type task struct {
	cpu    float64
	memory float64
	arm    bool
	public bool
	spot   float64
	// metrics is whether the service gives CloudWatch metrics of its own.
	metrics bool
}

// theTask finds the one kind of task that a stack runs.
func theTask(recording *pulumimocks.Recording) (task, error) {
	var found task
	for _, one := range recording.Resources {
		switch one.Type {
		case "aws:ecs/taskDefinition:TaskDefinition":
			found.cpu = number(one.Inputs["cpu"]) / 1024
			found.memory = number(one.Inputs["memory"]) / 1024
			definitions, _ := one.Inputs["containerDefinitions"].(string)
			found.metrics = strings.Contains(definitions, `"MOTE_CLOUDWATCH_EMF","value":"true"`)
			platform, _ := one.Inputs["runtimePlatform"].(map[string]any)
			found.arm = platform["cpuArchitecture"] == "ARM64"
		case "aws:ecs/service:Service":
			network, _ := one.Inputs["networkConfiguration"].(map[string]any)
			found.public = network["assignPublicIp"] == true
			found.spot = spotOf(one.Inputs["capacityProviderStrategies"])
		}
	}
	if found.cpu == 0 || found.memory == 0 {
		return task{}, errors.New("the program runs no task whose size is known")
	}
	return found, nil
}

// spotOf is the share of weight that Spot has. The first task, which is never on it, is left out of account.
func spotOf(strategies any) float64 {
	list, _ := strategies.([]any)
	for _, one := range list {
		if strategy, _ := one.(map[string]any); strategy["capacityProvider"] == "FARGATE_SPOT" {
			return number(strategy["weight"]) / 100
		}
	}
	return 0
}

// capacity is what the task's processor and memory cost a month.
func (t task) capacity() float64 {
	cpu, memory := cpuHour, memoryHour
	if t.arm {
		cpu, memory = cpuHourARM, memoryHourARM
	}
	full := hoursPerMonth * (t.cpu*cpu + t.memory*memory)
	return full * (1 - t.spot + t.spot*spotShare)
}

// dollars are the capacity's and the address's.
func (t task) dollars() float64 {
	if t.public {
		return t.capacity() + dollarsPerIP
	}
	return t.capacity()
}

func (t task) String() string {
	processor := "x86"
	if t.arm {
		processor = "ARM"
	}
	text := fmt.Sprintf("%g vCPU, %g GiB, %s", t.cpu, t.memory, processor)
	if t.spot > 0 {
		text += fmt.Sprintf(", %.0f %% on Spot", 100*t.spot)
	}
	return text
}
