"""What has to be there before the processes run: databases and roles, tables, queues.

`python -m portico_ops.bootstrap` does it all from the environment, as a job in a container;
`portico up` calls the same steps.
"""
