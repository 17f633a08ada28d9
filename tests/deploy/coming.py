"""Settings that `deploy/k8s` gives already and no process has yet. Goes when they are there."""

SETTINGS = (
    "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE",
    "GOLDENTHREAD_KAFKA_KEY_FILE",
)
