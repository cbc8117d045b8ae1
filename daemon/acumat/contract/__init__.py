"""What passes between the parts and goes outside: values, events, requests and their documents."""
