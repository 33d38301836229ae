import { Select } from '@mantine/core'

interface ChoiceFieldProps<Value extends string> {
  readonly id?: string
  readonly label: string
  readonly description?: string
  readonly value: Value
  readonly choices: readonly { readonly value: Value; readonly label: string }[]
  readonly error?: string | undefined
  readonly onChange: (value: Value) => void
}

/** A drop-down of a closed set of values that hands back one of them, not any string. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { id, label, description, value, choices, error, onChange } = props
  return (
    <Select
      {...(id !== undefined && { id })}
      label={label}
      description={description}
      data={[...choices]}
      value={value}
      error={error}
      allowDeselect={false}
      onChange={(chosen) => {
        const choice = choices.find((one) => one.value === chosen)
        if (choice) onChange(choice.value)
      }}
    />
  )
}
