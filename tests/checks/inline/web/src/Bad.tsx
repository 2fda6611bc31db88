export const Good = () => <p style={{ margin: 0 }} onClick={go}>fine</p>;
export const Bad = ({ html }: { html: string }) => <p dangerouslySetInnerHTML={{ __html: html }} />;
