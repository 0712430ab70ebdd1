//! Elastic Load Balancing's behaviour. Comments name the source of each rule: the service model
//! (botocore), the Network Load Balancers user guide, or where AWS's words were reported.
