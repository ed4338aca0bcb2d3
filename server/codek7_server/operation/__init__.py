"""What whoever runs the server looks at: health, readiness, metrics, logs, traces."""
