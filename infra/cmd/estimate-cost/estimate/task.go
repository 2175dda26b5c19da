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

// theTask finds the kind of task that the service runs, which is that of a name with a load balancer.
func theTask(recording *pulumimocks.Recording) (task, error) {
	for _, one := range recording.Resources {
		if one.Type == "aws:ecs/service:Service" && served(one) {
			return taskOf(recording, one)
		}
	}
	return task{}, errors.New("the program runs no service behind a load balancer")
}

// served tells the service from what only watches it.
func served(service pulumimocks.Resource) bool { return length(service.Inputs["loadBalancers"]) > 0 }

// taskOf reads the task of a service, whose definition has the service's name.
func taskOf(recording *pulumimocks.Recording, service pulumimocks.Resource) (task, error) {
	network, _ := service.Inputs["networkConfiguration"].(map[string]any)
	found := task{public: network["assignPublicIp"] == true, spot: spotOf(service.Inputs["capacityProviderStrategies"])}
	for _, one := range recording.Resources {
		if one.Type != "aws:ecs/taskDefinition:TaskDefinition" || one.Name != service.Name {
			continue
		}
		found.cpu = number(one.Inputs["cpu"]) / 1024
		found.memory = number(one.Inputs["memory"]) / 1024
		definitions, _ := one.Inputs["containerDefinitions"].(string)
		found.metrics = strings.Contains(definitions, `"MOTE_CLOUDWATCH_EMF","value":"true"`)
		platform, _ := one.Inputs["runtimePlatform"].(map[string]any)
		found.arm = platform["cpuArchitecture"] == "ARM64"
	}
	if found.cpu == 0 || found.memory == 0 {
		return task{}, fmt.Errorf("the program runs no task of %s whose size is known", service.Name)
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
