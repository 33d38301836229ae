import classes from './unbroken-name.module.css'

/** Names such as `container-a` stay on one line in narrow columns. */
export function UnbrokenName({ name }: { name: string }) {
  return <span className={classes.name}>{name}</span>
}
