"""The same work by stock means: nameko as it comes, and what the machine can do at best."""
