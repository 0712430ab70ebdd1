//! The planner in a model world.

mod aws;
mod operator;
mod properties;
mod stacks;
mod walkthroughs;
mod worlds;
