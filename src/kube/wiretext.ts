/**
 * Characters that may stand in JSON as they are, but not in YAML, where they are refused as control characters, taken
 * for line breaks, or dropped with the blanks around them (YAML 1.1, 5.1 and 5.4; go-yaml readerc.go).
 */
const notInYaml = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/gu;

/**
 * An object as text that means the same whether it is read as JSON or as YAML. The API server reads server-side apply
 * as YAML; otherwise one such character in what somebody wrote would make every write of it fail, or change it.
 */
export function wireText(body: object): string {
  return JSON.stringify(body).replaceAll(notInYaml, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
