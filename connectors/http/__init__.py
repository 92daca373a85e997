"""The outgoing HTTP that connectors share: guarded, patient, and bounded."""
