"""The contracts as documents: ``contracts/asyncapi.yaml`` and ``docs/events.md``, out of the code.

``python -m portico_contracts.asyncapi`` writes both; a test holds them against the code.
"""
