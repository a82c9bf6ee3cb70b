# Asks the host's name server, which carries names, and so data, to the outside.
# layers: NS, SC
# rows: 14
# expect: refused -2 or -3
# control: refused because no name server is there to ask

import socket

try:
    through(socket.getaddrinfo("secret.example.org", 80))
except socket.gaierror as error:
    refused(str(error.errno))
