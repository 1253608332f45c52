select {{ {}.__proto__ }}, {{ [].__class__.__mro__ }}
