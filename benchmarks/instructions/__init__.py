"""What a packet costs in instructions: a fixed trace through the engine's core, counted by callgrind."""
