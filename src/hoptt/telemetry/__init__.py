"""What the operator sees of hoptt while it runs: logs, metrics, health. Nothing personal (S49)."""
