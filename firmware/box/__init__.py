"""The box as one object: hardware, engine, machines and records put together; driven by `step(now)`."""
