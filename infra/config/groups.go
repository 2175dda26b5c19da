package config

func readImage(r *reader) Image {
	return Image{
		Layout:       r.required("image", "the folder of an OCI image layout, such as ../target/dist/image"),
		Architecture: r.choice("architecture", "X86_64", "ARM64"),
	}
}

func readTask(r *reader) Task {
	t := Task{
		CPU:    r.integer("cpu", smallestCPU, largestCPU),
		Memory: r.integer("memory", smallestMemory, largestMemory),
		// The service runs without privileges, and ports below 1024 need them.
		Port:               r.integer("containerPort", 1024, 65535),
		StopTimeoutSeconds: r.integer("stopTimeoutSeconds", 2, 120),
		LogRetentionDays:   r.oneOf("logRetentionDays", retentions),
		Environment:        readEnvironment(r),
		SecretsKey:         r.matching("secretsKeyArn", keyArn, "the ARN of a KMS key"),
		Boundary:           r.matching("permissionsBoundary", policyName, "the name of an IAM policy, not its ARN"),
	}
	t.Secrets = readSecrets(r, t.Environment)
	checkSize(r, t.CPU, t.Memory)
	return t
}

func readEnvironment(r *reader) map[string]string {
	environment := map[string]string{
		"MOTE_PORT":      r.text("containerPort"),
		"MOTE_LOG_LEVEL": r.choice("logLevel", "error", "warn", "info", "debug", "trace"),
	}
	if message := r.text("message"); message != "" {
		environment["MOTE_MESSAGE"] = message
	}
	return environment
}

func readNetwork(r *reader) Network {
	return Network{
		Cidr: r.block("vpcCidr", 16, 24),
		// A load balancer needs two zones; no region has more than six.
		Zones:         r.integer("zones", 2, 6),
		AllowedCidrs:  r.blocks("allowedCidrs"),
		PublicAddress: r.boolean("taskPublicAddress"),
		Egress:        r.choice("egress", "public", "nat", "endpoints"),
		TaskCidr:      r.block("taskCidr", 16, 24),
		NATPerZone:    r.boolean("natPerZone"),
	}
}

func readRegistry(r *reader) Registry {
	return Registry{
		Existing: r.matching("existingRepository", repositoryName,
			"the name of a repository, without its host, such as team/mote"),
		Endpoint:  r.matching("registryEndpoint", endpoint, "host or host:port, without a scheme"),
		Kept:      r.integer("imagesKept", 2, 1000),
		Protected: r.boolean("deletionProtection"),
	}
}

func readEdge(r *reader) Edge {
	e := Edge{
		HealthInterval: r.integer("healthCheckIntervalSeconds", 5, 300),
		HealthTimeout:  r.integer("healthCheckTimeoutSeconds", 2, 120),
		Deregistration: r.integer("deregistrationSeconds", 0, 3600),
		IdleTimeout:    r.integer("idleTimeoutSeconds", 1, 4000),
		LogsBucket:     r.matching("accessLogsBucket", bucketName, "the name of an S3 bucket, not its ARN"),
		Protected:      r.boolean("deletionProtection"),
	}
	if e.HealthTimeout >= e.HealthInterval && e.HealthInterval > 0 {
		r.wrong("healthCheckTimeoutSeconds", "is %d: it must be shorter than healthCheckIntervalSeconds, which is %d",
			e.HealthTimeout, e.HealthInterval)
	}
	return e
}

func readService(r *reader) Service {
	return Service{
		DeployTimeoutMinutes: r.integer("deployTimeoutMinutes", starting, longestBake),
		SpotPercent:          r.integer("spotPercent", 0, 100),
		Rebalanced:           r.boolean("zoneRebalancing"),
		Insights:             r.choice("containerInsights", "disabled", "enabled", "enhanced"),
	}
}

func readScaling(r *reader) Scaling {
	s := Scaling{
		Min:               r.integer("minTasks", 1, 1000),
		Max:               r.integer("maxTasks", 1, 1000),
		CPUPercent:        r.integer("targetCpuPercent", 10, 95),
		MemoryPercent:     r.integer("targetMemoryPercent", 0, 95),
		RequestsPerMinute: r.integer("targetRequestsPerMinute", 0, 1000000),
		Schedule:          readSchedule(r),
		Timezone:          r.matching("scalingTimezone", timezone, "the name of a time zone, such as Europe/Berlin"),
	}
	if s.Max < s.Min && s.Max > 0 {
		r.wrong("maxTasks", "is %d: it must be at least minTasks, which is %d", s.Max, s.Min)
	}
	return s
}
